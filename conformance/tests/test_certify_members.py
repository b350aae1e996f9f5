"""Members of a driver's class that can't be used as the protocol uses them."""

import pytest
from imagematch_core.drivers.memory import MemoryDriver
from imagematch_core.errors import DriverBroken
from imagematch_core.protocol import Driver

from imagematch_conformance.members import check_members


def _driver(member: str) -> type[Driver]:
    names = {"MemoryDriver": MemoryDriver}
    exec(f"class Wrong(MemoryDriver):\n    {member}\n", names)
    driver_type: type[Driver] = names["Wrong"]
    return driver_type


@pytest.mark.parametrize(
    ("member", "expected", "found"),
    [
        ("def put(self, rows): ...", "def put(self, records)", "def put(self, rows)"),
        ("def put(self): ...", "def put(self, records)", "def put(self)"),
        (
            "def put(self, records, *, flush): ...",
            "def put(self, records)",
            "def put(self, records, *, flush)",
        ),
        ("async def put(self, records): ...", "def put(self, records)", "async def put"),
        ("def get(self, ids): yield", "def get(self, ids)", "generator: def get(self, ids)"),
        (
            "def scan(self, limit, after, tags=()): ...",
            "def scan(self, after, limit, tags=())",
            "def scan(self, limit, after, tags=())",
        ),
        (
            "def scan(self, after, limit, tags): ...",
            "def scan(self, after, limit, tags=())",
            "def scan(self, after, limit, tags)",
        ),
        (
            "def connect(self, target, index, *, timeout=30.0, **options): ...",
            "@classmethod def connect(cls, target, index, *, timeout=30.0, **options)",
            "def connect(self, target, index, *, timeout=30.0, **options)",
        ),
        (
            "@classmethod\n    def connect(cls, target, index, *, timeout=30.0): ...",
            "**options)",
            "@classmethod def connect(cls, target, index, *, timeout=30.0)",
        ),
        ("count = 3", "def count(self)", "int object: count"),
        ("count = property(len)", "def count(self)", "property object: count"),
        ("@staticmethod\n    def count(): ...", "def count(self)", "@staticmethod def count()"),
        ("loading = None", "def loading(self)", "NoneType object: loading"),
        ("optimize = None", "def optimize(self)", "NoneType object: optimize"),
        ("def ddl(self): ...", "def ddl(self, info)", "def ddl(self)"),
        ("def members(self, extra): ...", "def members(self)", "def members(self, extra)"),
        ("capabilities = {'persistent'}", "a frozenset of Capability", "{'persistent'}"),
        ("client_types = 'x.Y'", "a tuple of dotted names", "'x.Y'"),
    ],
)
def test_a_member_that_differs_is_shown_beside_the_expected(
    member: str, expected: str, found: str
) -> None:
    with pytest.raises(DriverBroken) as caught:
        check_members(_driver(member))
    lines = str(caught.value).splitlines()
    [shown] = [line for line in lines if line.startswith("    expected: ")]
    assert expected in shown
    [shown] = [line for line in lines if line.startswith("    found: ")]
    assert found in shown


@pytest.mark.parametrize(
    "member",
    [
        "def put(self, records, flush=True, **more): ...",
        "def scan(self, after, limit, tags=(), *, newest=False): ...",
        "@classmethod\n    def connect(cls, target, index, *, timeout=5, tls=None, **options): ...",
        "put = __import__('functools').wraps(MemoryDriver.put)(lambda *a, **k: None)",
    ],
)
def test_a_member_may_take_more(member: str) -> None:
    check_members(_driver(member))
