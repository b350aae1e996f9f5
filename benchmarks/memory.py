"""The memory that signing one picture takes, at its peak.

    python -m benchmarks.memory METHOD PICTURE

prints two numbers of MB: resident after imports, and at most. It is a command since a peak is of
a whole process. Linux only.
"""

import subprocess
import sys
from pathlib import Path


def measure(method: str, picture: Path) -> tuple[float, float]:
    """Run one method on one picture in a process of its own: (MB after imports, MB at most)."""
    command = [sys.executable, "-m", "benchmarks.memory", method, str(picture)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    before, peak = map(float, answer.split())
    return before, peak


def _peak() -> float:
    """MB; not from `getrusage`, where a process begins with the peak of the one that started it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


def main(method: str, picture: str) -> None:
    from .methods import load

    run = load(method)
    before = _peak()
    run(Path(picture))
    print(before, _peak())


if __name__ == "__main__":
    main(*sys.argv[1:])
