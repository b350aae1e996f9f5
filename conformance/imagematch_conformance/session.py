"""The process that certifies: it runs pytest with the suite's own files, and nothing else."""

import os
import sys
from pathlib import Path

import pytest

from .job import Job
from .stage import INDEX, KILL_SERVER

SUITE = Path(__file__).parent / "suite"

PROFILE = "IMAGEMATCH_CONFORMANCE_PROFILE"
"""The environment variable that names a profile of `machine`."""


def main() -> None:
    """Run the job of this process."""
    job = Job.of_environment()
    os.environ[INDEX] = job.index
    os.environ[KILL_SERVER] = job.kill_server
    os.environ[PROFILE] = "imagematch-long" if job.long else "imagematch-certificate"
    arguments = ["-c", str(SUITE / "pytest.ini"), "--rootdir", str(SUITE), "--noconftest"]
    arguments += ["-p", "no:cacheprovider", "-p", "no:faulthandler", "--tb=short", "-q"]
    # The recorder imports the requirements, which pytest must be running for: their asserts then
    # say what was compared.
    arguments += ["-p", f"{__package__}.recorder"]
    if job.long:
        arguments += ["-p", "_hypothesis_pytestplugin", f"--hypothesis-seed={job.seed}"]
    sys.exit(int(pytest.main([*arguments, str(SUITE / "test_driver.py")])))


if __name__ == "__main__":
    main()
