"""From a URL to an installed driver, and what is said where there is none."""

import importlib.metadata
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from unittest.mock import Mock

import pytest

import imagematch_core
from imagematch_core.drivers import registry
from imagematch_core.drivers.registry import (
    DriverInfo,
    check_index,
    describe_target,
    find_driver,
    installed_drivers,
    scheme_of,
)
from imagematch_core.errors import (
    DriverApiMismatch,
    DriverBroken,
    DriverConflict,
    DriverError,
    DriverNotInstalled,
    InvalidTarget,
    UnknownDriver,
)
from imagematch_core.protocol.driver import Capability

Install = Callable[..., None]

GOOD = """
from imagematch_core.drivers.memory import MemoryDriver
class Driver(MemoryDriver):
    pass
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Installs a distribution that brings one driver, as pip would leave it."""
    monkeypatch.syspath_prepend(tmp_path)

    def install(
        scheme: str,
        code: str = GOOD,
        *,
        distribution: str = "imagematch-x",
        version: str = "0.1",
        value: str = "{module}:Driver",
    ) -> None:
        module = f"fake_{distribution.replace('-', '_')}_{scheme}"
        (tmp_path / f"{module}.py").write_text(code)
        monkeypatch.delitem(sys.modules, module, raising=False)
        info = tmp_path / f"{distribution.replace('-', '_')}-{version}.dist-info"
        info.mkdir(exist_ok=True)
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n"
        )
        with (info / "entry_points.txt").open("a") as entry_points:
            entry_points.write(f"[imagematch.drivers]\n{scheme} = {value.format(module=module)}\n")

    return install


@pytest.mark.parametrize(
    ("url", "scheme"),
    [
        ("sqlite:///photos.db", "sqlite"),
        ("memory://", "memory"),
        ("mongodb+srv://u:p@a:1,b:2/", "mongodb"),
        ("elasticsearch+https://h:9200", "elasticsearch"),
        ("postgres://h", "postgres"),
        ("my-driver://x+y://z", "my-driver"),
    ],
)
def test_a_scheme_ends_at_the_first_plus_or_colon(url: str, scheme: str) -> None:
    assert scheme_of(url) == scheme


@pytest.mark.parametrize(
    ("target", "suggestion"),
    [
        ("photos.db", "sqlite:///photos.db"),
        ("/home/me/my photos.db", "sqlite:////home/me/my%20photos.db"),
        (r"C:\me\photos.db", "sqlite:///C:/me/photos.db"),
        ("sqlite:photos.db", "sqlite:///photos.db"),
        ("sqlite:/me/photos.db", "sqlite:////me/photos.db"),
        ("100%?.db", "sqlite:///100%25%3F.db"),
        ("", "sqlite:///photos.db"),
        (Path("/me/photos.db"), "sqlite:////me/photos.db"),
        (Path("a/😀.db"), "sqlite:///a/%F0%9F%98%80.db"),
    ],
)
def test_what_is_no_url_is_refused_with_the_url_that_was_meant(
    target: object, suggestion: str
) -> None:
    with pytest.raises(InvalidTarget) as caught:
        find_driver(target)
    assert repr(suggestion) in str(caught.value)


def test_our_drivers_are_found() -> None:
    assert find_driver("memory://").__name__ == "MemoryDriver"
    assert find_driver("sqlite:///x.db").__name__ == "SQLiteDriver"


def test_a_driver_of_a_third_party_is_found_at_once(install: Install) -> None:
    with pytest.raises(UnknownDriver):
        find_driver("xdb://")
    install("xdb")
    assert find_driver("xdb://").__module__ == "fake_imagematch_x_xdb"
    assert find_driver("xdb+tls://h").__module__ == "fake_imagematch_x_xdb"


def test_no_other_driver_is_imported(install: Install) -> None:
    install("xdb", "raise AssertionError('imported')")
    find_driver("memory://")
    assert "fake_imagematch_x_xdb" not in sys.modules


@pytest.mark.parametrize(
    ("url", "command"),
    [
        ("postgresql://u:pw@h", "pip install imagematch-postgres"),
        ("postgres://u:pw@h", "pip install imagematch-postgres"),
        ("mongodb+srv://u:pw@h", "pip install imagematch-mongodb"),
        ("elasticsearch+https://u:pw@h", "pip install imagematch-es"),
    ],
)
def test_a_known_driver_that_is_missing(
    url: str, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    only_ours(monkeypatch)
    with pytest.raises(DriverNotInstalled) as caught:
        find_driver(url)
    assert command in str(caught.value)
    assert "Installed: memory, sqlite." in str(caught.value)
    assert "pw" not in str(caught.value)


def only_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide drivers that happen to be installed beside the core."""
    found = registry._entry_points()
    ours = {scheme: found[scheme] for scheme in ("memory", "sqlite")}
    monkeypatch.setattr(registry, "_entry_points", lambda: ours)


@pytest.mark.parametrize(
    ("url", "hint"),
    [
        ("sqlit:///x", "did you mean 'sqlite'?"),
        ("SQLite:///x", "did you mean 'sqlite'?"),
        ("https://u:pw@h", "did you mean 'elasticsearch+https://'?"),
        ("es://h", "did you mean 'elasticsearch://'?"),
        ("es+https://u:pw@h", "did you mean 'elasticsearch+https://'?"),
        ("postgesql://x", "did you mean 'postgresql'?"),
        ("xyzzy://u:pw@h", "there is no driver for 'xyzzy'."),
    ],
)
def test_a_misspelt_scheme(url: str, hint: str) -> None:
    with pytest.raises(UnknownDriver) as caught:
        find_driver(url)
    assert hint in str(caught.value)
    assert "memory" in str(caught.value)
    assert "pw" not in str(caught.value)


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        ("import no_such_client", ModuleNotFoundError),
        ("from os import no_such_name", ImportError),
        ("assert False, 'broken'", AssertionError),
        ("raise SystemExit('broken')", SystemExit),
        ("x = (", SyntaxError),
        ("raise BaseException('broken')", BaseException),
        ("x = 1", AttributeError),
    ],
)
def test_a_driver_that_cannot_be_imported(
    install: Install, code: str, cause: type[BaseException]
) -> None:
    install("postgresql", code, distribution="imagematch-postgres", version="3.2")
    with pytest.raises(DriverBroken) as caught:
        find_driver("postgresql://")
    message = str(caught.value)
    assert "'postgresql' of imagematch-postgres 3.2" in message
    assert cause.__name__ in message
    assert "pip install --upgrade --force-reinstall imagematch-postgres" in message
    assert isinstance(caught.value.__cause__, cause)
    assert "not installed" not in message


def test_an_interrupted_import_is_interrupted(install: Install) -> None:
    install("xdb", "raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        find_driver("xdb://")


@pytest.mark.parametrize(
    "code",
    ["def Driver(): pass", "class Driver: pass", "Driver = None", "import os as Driver"],
)
def test_what_is_no_driver_class(install: Install, code: str) -> None:
    install("xdb", code)
    with pytest.raises(DriverBroken, match=r"fake_.*:Driver is not a subclass of .*Driver"):
        find_driver("xdb://")


@pytest.mark.parametrize(
    ("member", "reason"),
    [
        ("api = '1.0'", "expected: api = (1, 0)\n    found:    api = '1.0'"),
        ("api = (1,)", "expected: api = (1, 0)\n    found:    api = (1,)"),
        ("capabilities = {'persistent'}", "is not a frozenset of Capability"),
    ],
)
def test_a_class_that_does_not_say_what_it_is(install: Install, member: str, reason: str) -> None:
    install("xdb", f"{GOOD}\n    {member}\n")
    with pytest.raises(DriverBroken) as caught:
        find_driver("xdb://")
    assert reason in str(caught.value)


def test_missing_methods_are_all_named(install: Install) -> None:
    install(
        "xdb",
        "from imagematch_core.protocol import Driver as Base\n"
        "class Driver(Base):\n    api = (1, 0)\n    capabilities = frozenset()\n"
        "    def count(self): ...\n",
    )
    with pytest.raises(DriverBroken, match=r"does not define candidates, classify, .* server_ver"):
        find_driver("xdb://")


@pytest.mark.parametrize(
    ("api", "upgrade"), [((1, 1), "core"), ((2, 0), "core"), ((0, 9), "x"), ((0, 0), "x")]
)
def test_a_driver_for_another_version_of_the_protocol(
    install: Install, api: tuple[int, int], upgrade: str
) -> None:
    install("xdb", f"{GOOD}\n    api = {api}\n    def put(self): ...\n")
    with pytest.raises(DriverApiMismatch) as caught:
        find_driver("xdb://")
    message = str(caught.value)
    assert f"'xdb' of imagematch-x 0.1 speaks version {api[0]}.{api[1]}" in message
    assert "imagematch-core speaks 1.0" in message
    assert message.endswith(f"pip install --upgrade imagematch-{upgrade}")


def test_two_distributions_for_one_scheme(install: Install) -> None:
    install("sqlite", distribution="imagematch-y", version="2.5")
    with pytest.raises(DriverConflict) as caught:
        find_driver("sqlite://")
    assert "imagematch-y 2.5 (fake_imagematch_y_sqlite:Driver)" in str(caught.value)
    assert "imagematch-core" in str(caught.value)
    assert "pip uninstall imagematch-y" in str(caught.value)


def test_all_installed_drivers_are_listed_broken_ones_too(install: Install) -> None:
    install("xdb", f"{GOOD}\n    capabilities = {{'remote'}}", distribution="wrong")
    install("ydb", "import no_such_client", distribution="broken")
    install("zdb", distribution="one")
    install("zdb", distribution="two")
    install("Z_DB", distribution="odd")
    install("fine", distribution="fine", version="9")
    found = {(info.name, info.distribution): info for info in installed_drivers()}
    assert found["fine", "fine"] == DriverInfo("fine", "fine", "9", (1, 0))
    assert found["sqlite", "imagematch-core"].capabilities == {
        Capability.PERSISTENT,
        Capability.MULTI_PROCESS,
    }
    for key, error in {
        ("xdb", "wrong"): "a frozenset of Capability",
        ("ydb", "broken"): "no_such_client",
        ("zdb", "one"): "claimed by one 0.1",
        ("zdb", "two"): "claimed by one 0.1",
        ("Z_DB", "odd"): "can't be the scheme of a URL",
    }.items():
        assert error in (found[key].error or "")
        assert found[key].api is None


CLIENT = """
class Old: ...
class Client(Old): ...
class Outer:
    class Inner: ...
"""


def test_a_client_object_finds_its_driver(install: Install, tmp_path: Path) -> None:
    (tmp_path / "fake_client.py").write_text(CLIENT)
    install("adb", "import no_such_client", distribution="broken")
    install("xdb", GOOD + "    client_types = ('fake_old.Client', 'fake_client.Old')\n")
    install(
        "ydb",
        GOOD + "    client_types = ('fake_client.Outer.Inner',)\n",
        distribution="imagematch-y",
    )
    import fake_client  # type: ignore[import-not-found]

    try:
        assert find_driver(fake_client.Old()) is find_driver("xdb://")
        assert find_driver(fake_client.Client()) is find_driver("xdb://")
        assert find_driver(fake_client.Outer.Inner()) is find_driver("ydb://")
        with pytest.raises(InvalidTarget) as caught:
            find_driver(fake_client.Outer())
        assert "takes a fake_client.Outer object" in str(caught.value)
        assert "no_such_client" in str(caught.value)
    finally:
        del sys.modules["fake_client"]


@pytest.mark.parametrize("target", [None, 3, b"sqlite:///x", object, ["sqlite:///x"]])
def test_an_object_that_no_driver_takes(target: object) -> None:
    with pytest.raises(InvalidTarget, match=r"no installed driver .* takes"):
        find_driver(target)


def test_an_object_of_a_client_whose_driver_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    only_ours(monkeypatch)
    client = type("MongoClient", (), {"__module__": "pymongo.mongo_client"})
    with pytest.raises(DriverNotInstalled, match="pip install imagematch-mongodb"):
        find_driver(client())


@pytest.mark.parametrize("index", ["a", "images", "a-b_c9", "a" * 40])
def test_names_of_indexes(index: str) -> None:
    check_index(index)


@pytest.mark.parametrize(
    "index", ["", "A", "1a", "_a", "a" * 41, "a b", "a\n", "ä", "a.b", "a;drop", None, 3, b"a"]
)
def test_other_names_are_refused(index: object) -> None:
    with pytest.raises(InvalidTarget, match="can't name an index"):
        check_index(index)


def test_a_target_is_described_without_its_secrets() -> None:
    assert describe_target("mongodb://u:pw@a,b/") == "mongodb://u:***@a,b/"
    assert describe_target(object()) == "a builtins.object object"


@pytest.mark.parametrize("target", ["u:hunter2@h/db", "xyzzy://u:hunter2@h", "x y://u:hunter2@h"])
def test_no_error_shows_a_password(target: str) -> None:
    with pytest.raises(DriverError) as caught:
        find_driver(target)
    assert "hunter2" not in str(caught.value)


def test_entry_points_are_read_once_when_an_index_is_opened(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    entry_points = Mock(wraps=importlib.metadata.entry_points)
    monkeypatch.setattr(importlib.metadata, "entry_points", entry_points)
    imagematch_core.open("memory://").close()
    assert entry_points.call_count == 1


def test_the_library_is_imported_without_what_finds_drivers() -> None:
    code = (
        "import sys, imagematch_core\n"
        "heavy = {'stevedore', 'sqlite3', 'importlib.metadata'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "[]\n"
