"""The job of a process that certifies."""

import json
import os
from dataclasses import asdict, dataclass
from typing import Self

VARIABLE = "IMAGEMATCH_CERTIFY"


@dataclass(frozen=True, slots=True)
class Job:
    """How to run it; handed over in an environment variable, since the URL may hold a password.

    Attributes:
        url: of the database.
        events: the file to write to.
        index: the name of the index of most tests, and the beginning of all others'.
        long: whether random sequences are long ones.
        seed: of the long ones.
        kill_server: a command that kills the database's server and starts it again, or ''.
    """

    url: str
    events: str
    index: str
    long: bool = False
    seed: int = 0
    kill_server: str = ""

    @classmethod
    def of_environment(cls) -> Self:
        """Return the job of this process."""
        return cls(**json.loads(os.environ[VARIABLE]))

    def to_environment(self) -> dict[str, str]:
        """Return the variable for the process that is to do it."""
        return {VARIABLE: json.dumps(asdict(self))}
