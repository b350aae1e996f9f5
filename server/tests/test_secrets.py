"""No part of a password or of the token leaves a service."""

import os
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest
from serving import command
from tests.drawings import drawing, encoded

SECRET = "QXZJKVWY"
PICTURES = "api/indexes/images/pictures"

pytestmark = pytest.mark.slow


def test_a_database_that_refuses_is_told_without_its_password() -> None:
    url = f"postgresql://me:{SECRET}@127.0.0.1:1/db?connect_timeout=2"
    env = os.environ | {"IMAGEMATCH_URL": url, "IMAGEMATCH_TOKEN": f"{SECRET}-token"}
    program = Path(sys.executable).with_name("imagematch")
    done = subprocess.run(
        [str(program), "serve", "-vv", "--port", "0"],
        env=env,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "can't be reached" in done.stderr
    assert "QXZJ" not in done.stdout + done.stderr


def test_a_running_service_tells_neither(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/index.db"
    env = os.environ | {"IMAGEMATCH_TOKEN": f"{SECRET}-token"}
    lines: list[str] = []
    with command("--url", url, "-vv", env=env) as (process, address):
        with httpx2.Client(base_url=address, timeout=300) as client:
            right = {"Authorization": f"Bearer {SECRET}-token"}
            wrong = {"Authorization": f"Bearer {SECRET}-other"}
            files = {"picture": encoded(drawing(1))}
            picture = f"http://me:{SECRET}@127.0.0.1:1/a.png?X-Amz-Signature={SECRET}"
            answers = [
                client.post(PICTURES, files=files, headers=right),
                client.post(PICTURES, files=files, headers=wrong),
                client.post(PICTURES, data={"url": picture}, headers=right),
                client.get(f"{PICTURES}?token={SECRET}-token"),
                client.get("nothing", headers=right),
                client.get(""),
                client.get("openapi.json"),
                client.get("metrics"),
                client.get("health/ready"),
            ]
        assert [answer.status_code for answer in answers] == [201, 401, 422, 200, 404] + [200] * 4
        process.terminate()
        assert process.stderr
        lines = process.stderr.readlines()
    assert any("debug: add took" in line for line in lines)
    shown = "".join(lines) + "".join(answer.text + str(answer.headers) for answer in answers)
    assert "QXZJ" not in shown
