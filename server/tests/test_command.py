"""`imagematch serve` as a process, and its description as a generated client reads it."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import httpx2
import imagematch_core as imagematch
import pytest
from click.testing import CliRunner
from imagematch_core.cli import main
from serving import AUTH, TOKEN, command, running
from tests.drawings import drawing, encoded

pytestmark = pytest.mark.slow
PICTURES = "api/indexes/images/pictures"


def test_it_serves_and_stops_without_losing_what_it_acknowledged(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/index.db"
    acknowledged: list[str] = []
    env = os.environ | {"IMAGEMATCH_TOKEN": TOKEN}
    with command("--url", url, env=env) as (process, address):
        enough = threading.Event()

        def add(thread: int) -> None:
            with httpx2.Client(base_url=address, headers=AUTH, timeout=300) as client:
                for number in range(1_000):
                    files = {"picture": encoded(drawing(thread * 1_000 + number))}
                    try:
                        answer = client.post(PICTURES, files=files)
                    except httpx2.TransportError:
                        return  # it has stopped
                    if answer.status_code == 201:
                        acknowledged.append(answer.json()["id"])
                    if len(acknowledged) > 20:
                        enough.set()

        threads = [threading.Thread(target=add, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        enough.wait()
        process.send_signal(signal.SIGTERM)
        for thread in threads:
            thread.join()
        assert process.wait(300) == -signal.SIGTERM
    with imagematch.open(url) as index:
        assert [one for one in acknowledged if index.get(one) is None] == []


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--host", "0.0.0.0"], "set a token"),
        (["--private"], "private needs a token"),
        (["--no-create", "--url", "sqlite:////nowhere/x.db"], "nowhere"),
        (["--index", "NO"], "NO"),
    ],
)
def test_wrong_use_is_told_before_anything_listens(
    arguments: list[str], named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("IMAGEMATCH_TOKEN", raising=False)
    done = CliRunner().invoke(main, ["serve", "--url", "memory://", *arguments])
    assert done.exit_code != 0
    assert named in done.output


def test_a_client_made_from_the_description_finds_no_fault(tmp_path: Path) -> None:
    with imagematch.open(f"sqlite:///{tmp_path}/index.db") as index:
        for seed in range(3):
            index.add(drawing(seed), id=str(seed), path=f"{seed}.png", metadata={"n": seed})
    checks = "not_a_server_error,status_code_conformance,content_type_conformance"
    with running(f"sqlite:///{tmp_path}/index.db", token=TOKEN) as address:
        done = subprocess.run(
            [
                *(sys.executable, "-m", "schemathesis.cli", "run", f"{address}openapi.json"),
                *("--header", f"Authorization: Bearer {TOKEN}", "--phases", "coverage,fuzzing"),
                *("--checks", f"{checks},response_schema_conformance"),
                *("--max-examples", "8", "--generation-deterministic", "--no-color"),
                *("--suppress-health-check", "all"),
            ],
            check=False,
            capture_output=True,
            text=True,
            cwd=tmp_path,
        )
    assert done.returncode == 0, done.stdout
