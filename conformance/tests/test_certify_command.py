"""`imagematch certify`: what it writes, and when it writes nothing."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from command_line import IMAGEMATCH
from imagematch_core.protocol import Capability, secrets_of

from imagematch_conformance.certificate import FIELDS, problems
from imagematch_conformance.command import Progress
from imagematch_conformance.digest import shipped_digests
from imagematch_conformance.requirements import REQUIREMENTS

Command = Callable[..., "subprocess.CompletedProcess[str]"]


of_one_certificate = pytest.mark.xdist_group("certified")
"""For tests with `certified`: they run in one process, so that it is made once."""


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder with certificate and badge of the driver in memory, and what was printed."""
    folder = tmp_path_factory.mktemp("certified")
    done = subprocess.run(
        [
            *(*IMAGEMATCH, "certify", "memory://certify"),
            *("--out", "certificate.json", "--badge", "badge.json"),
        ],
        check=False,
        cwd=folder,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder, done.stdout


@of_one_certificate
def test_a_sound_driver_is_certified(certified: tuple[Path, str]) -> None:
    folder, printed = certified
    found = json.loads((folder / "certificate.json").read_text())
    assert found["result"] == "certified"
    assert found["reasons"] == []
    assert found["requirements"].keys() == REQUIREMENTS.keys()
    assert found["digests"] == shipped_digests()
    assert found["command"] == "imagematch certify memory://certify"
    assert found["capabilities"] == []
    assert found["requirements"]["PERSIST-001"]["result"] == "unsupported"
    assert problems(found) == []
    assert all(digest in printed for digest in shipped_digests().values())
    badge = json.loads((folder / "badge.json").read_text())
    assert (badge["schemaVersion"], badge["color"]) == (1, "brightgreen")
    assert sorted(path.name for path in folder.iterdir()) == ["badge.json", "certificate.json"]


@of_one_certificate
def test_a_certificate_can_be_checked(certified: tuple[Path, str], imagematch: Command) -> None:
    done = imagematch("certify", "--check", str(certified[0] / "certificate.json"))
    assert done.returncode == 0
    assert "complete: certified" in done.stdout


def _without(field: str) -> Callable[[dict[str, Any]], None]:
    def change(found: dict[str, Any]) -> None:
        del found[field]

    return change


CHANGES: dict[str, Callable[[dict[str, Any]], object]] = {
    **{f"no {field}": _without(field) for field in FIELDS},
    "a requirement left out": lambda found: found["requirements"].pop("FIND-004"),
    "no requirement at all": lambda found: found.update(requirements={}, counts={}),
    "a failed one": lambda found: found["requirements"]["FIND-004"].update(result="failed"),
    "a skipped one": lambda found: found["requirements"]["FIND-004"].update(result="skipped"),
    "one declared that is core": lambda found: found["requirements"]["FIND-004"].update(
        result="declared"
    ),
    "one unsupported that is core": lambda found: found["requirements"]["FIND-004"].update(
        result="unsupported"
    ),
    "unsupported but declared": lambda found: found["capabilities"].append("persistent"),
    "other counts": lambda found: found["counts"]["core"].update(passed=1),
    "another digest": lambda found: found["digests"].update({"goldberg-1": "0" * 64}),
    "no digest of the default": lambda found: found["digests"].pop("goldberg-2"),
    "another suite": lambda found: found["suite"].update(sha256="0" * 64),
    "another version": lambda found: found["suite"].update(version="99.0"),
    "another schema": lambda found: found.update(schema=2),
    "another result": lambda found: found.update(result="not certified"),
    "reasons against it": lambda found: found.update(reasons=["FIND-004: failed"]),
    "no server": lambda found: found.update(server=""),
}


@of_one_certificate
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_changed_certificate_is_refused(
    certified: tuple[Path, str], change: Callable[[dict[str, Any]], object]
) -> None:
    found = json.loads((certified[0] / "certificate.json").read_text())
    change(found)
    assert problems(found)


@pytest.mark.parametrize("content", ["", "{", "[]", "null", "{}", '{"schema": 1}'])
def test_what_is_no_certificate_is_refused(
    content: str, tmp_path: Path, imagematch: Command
) -> None:
    (tmp_path / "c.json").write_text(content)
    done = imagematch("certify", "--check", "c.json")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("password", "text", "shown"),
    [
        ("hunter-x9", "no user hunter-x9", "no user ***"),
        ("a", "assert a candidate", "assert *** candidate"),
    ],
)
def test_a_password_is_masked_whole_and_nothing_else(
    password: str, text: str, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    secrets = secrets_of(f"postgresql://me:{password}@host/photos")
    progress = Progress(1, frozenset(), secrets)
    for event in ("collected", "started", "ended"):
        told = {"id": "PUT-001", "node": "x", "outcome": "failed", "text": f"E   {text}"}
        progress({"event": event, **told})
    assert f"    E   {shown}\n" in capsys.readouterr().out


@of_one_certificate
@pytest.mark.parametrize("scheme", ["wrong-skips", "wrong-ends-the-process"])
def test_an_emptied_run_leaves_no_certificate(
    scheme: str, certified: tuple[Path, str], tmp_path: Path, imagematch: Command
) -> None:
    """Not even one of an earlier run."""
    earlier = tmp_path / "certificate.json"
    earlier.write_text((certified[0] / "certificate.json").read_text())
    done = imagematch("certify", f"{scheme}://x", "--out", earlier.name, "--badge", "badge.json")
    assert done.returncode == 1
    assert "not certified" in done.stdout
    assert not [*tmp_path.iterdir()]


EMPTYING = {
    "options": {"PYTEST_ADDOPTS": "-k nothing_at_all --deselect test_driver.py"},
    "plugin": {"PYTEST_PLUGINS": "emptying"},
    "optimised": {"PYTHONOPTIMIZE": "2"},
    "optimised suite": {"PYTHONOPTIMIZE": "1", "PYTHONDONTWRITEBYTECODE": "1"},
}

HOOK = "def pytest_collection_modifyitems(items): items.clear()\n"


@pytest.mark.parametrize("environment", EMPTYING.values(), ids=EMPTYING)
def test_the_environment_does_not_empty_a_run(
    environment: dict[str, str], tmp_path: Path, imagematch: Command
) -> None:
    """Nor does what lies in the folder where the command is called."""
    for name in ("conftest.py", "emptying.py", "pytest_emptying.py"):
        (tmp_path / name).write_text(HOOK)
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = -k nothing_at_all\n")
    sound = imagematch("certify", "memory://x", "--only", "FIND-004", **environment)
    assert "1 passed" in sound.stdout
    wrong = imagematch("certify", "wrong-tie-order://x", "--only", "FIND-004", **environment)
    assert "1 failed" in wrong.stdout


def test_a_part_of_the_suite_certifies_nothing(tmp_path: Path, imagematch: Command) -> None:
    done = imagematch("certify", "memory://x", "--only", "FIND-004", "--out", "c.json")
    assert done.returncode == 2
    done = imagematch("certify", "memory://x", "--only", "FIND-004")
    assert done.returncode == 0
    assert done.stdout.endswith("no certificate: --only tests a part of the suite\n")
    assert "digest" not in done.stdout
    failed = imagematch("certify", "wrong-tie-order://x", "--only", "FIND-004")
    assert failed.returncode == 1
    assert imagematch("certify", "memory://x", "--only", "FIND-0").returncode == 2
    assert not [*tmp_path.iterdir()]


def test_other_files_are_not_overwritten(tmp_path: Path, imagematch: Command) -> None:
    mine = {
        "mine.txt": "precious",
        "mine.json": '{"precious": true}',
        "model.json": '{"schema": "precious"}',
        "badge.json": '{"schemaVersion": 1, "label": "precious"}',
    }
    for name, content in mine.items():
        (tmp_path / name).write_text(content)
        done = imagematch("certify", "memory://x", "--out", name)
        assert done.returncode == 2
        assert (tmp_path / name).read_text() == content


def test_strangers_indexes_are_not_dropped(tmp_path: Path, imagematch: Command) -> None:
    """An index that has a name of the suite's, and that somebody else made, is left alone."""
    from imagematch_core.drivers.sqlite import SQLiteDriver

    url = f"sqlite:///{tmp_path}/mine.db"
    with SQLiteDriver.connect(url, "certify") as driver:
        driver.create('{"format": 1}')
    done = imagematch("certify", url)
    assert done.returncode == 1
    assert "did not make it" in done.stdout
    with SQLiteDriver.connect(url, "certify") as driver:
        assert driver.info() == '{"format": 1}'


def test_passwords_are_not_shown(toy: str, tmp_path: Path, imagematch: Command) -> None:
    url = f"wrong-toy-driver://user:secret@{toy}/"
    done = imagematch("certify", url, "--only", "ERROR-004")
    assert "1 passed" in done.stdout
    assert "secret" not in done.stdout + done.stderr


def test_wrong_use_is_told(imagematch: Command) -> None:
    assert imagematch("certify").returncode == 2
    unknown = imagematch("certify", "sqlit:///x.db")
    assert unknown.returncode == 2
    assert "sqlite" in unknown.stderr
    differing = imagematch("certify", "wrong-other-names://")
    assert differing.returncode == 2
    assert "expected: def get(self, ids)\n    found:    def get(self, keys)" in differing.stderr


@pytest.mark.parametrize(
    ("capabilities", "said"),
    [(frozenset({Capability.REMOTE}), "declared"), (frozenset[Capability](), "unsupported")],
)
def test_progress_tells_what_is_impossible_from_what_is_not_declared(
    capabilities: frozenset[Capability], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    progress = Progress(1, capabilities, ())
    for event in ("collected", "started", "ended"):
        progress({"event": event, "id": "PERSIST-008", "node": "x", "outcome": "declared"})
    assert f"PERSIST-008  {said} " in capsys.readouterr().out
