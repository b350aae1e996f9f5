"""A terminal to run commands in, and what people see on it."""

import fcntl
import os
import pty
import struct
import subprocess
import termios
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyte


class Terminal:
    """A pseudo-terminal of some width, 40 lines high, that keeps everything written to it.

    Attributes:
        written: what came, control sequences and all.
    """

    def __init__(self, width: int) -> None:
        self.width = width
        self.written = b""

    def run(
        self,
        command: Sequence[str | Path],
        folder: Path,
        env: Mapping[str, str] = {},
        typed: bytes = b"",
    ) -> int:
        """Run a command whose stdout and stderr are the terminal; returns its exit status.

        Args:
            typed: what is typed before the command begins.
        """
        ours, theirs = pty.openpty()
        os.write(ours, typed)
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, self.width, 0, 0))
        base = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TERM": "xterm-256color"}
        child = subprocess.Popen(
            command,
            cwd=folder,
            env={**base, "HOME": str(folder), "XDG_CACHE_HOME": str(folder / ".cache"), **env},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        )
        os.close(theirs)
        with open(ours, "rb", buffering=0) as output:
            try:
                while piece := output.read(65_536):
                    self.written += piece
            except OSError:  # how Linux tells that the last one has closed the other end
                pass
        return child.wait()

    @property
    def text(self) -> str:
        """All that was written."""
        return self.written.decode()

    @property
    def lines(self) -> list[str]:
        """What stands on the screen in the end."""
        screen = pyte.Screen(self.width, 40)
        pyte.Stream(screen).feed(self.text)
        return "\n".join(line.rstrip() for line in screen.display).rstrip().splitlines()
