"""What a process that certifies is to do."""

import json
import os
from dataclasses import asdict, dataclass
from typing import Self

VARIABLE = "IMAGEMATCH_CERTIFY"


@dataclass(frozen=True, slots=True)
class Job:
    """What to run; handed over in an environment variable, since the URL may hold a password.

    Attributes:
        url: of the database.
        events: the file to write to.
        only: ids of the requirements to run; empty means all.
        long: whether random sequences are long ones.
        seed: of the long ones.
    """

    url: str
    events: str
    only: tuple[str, ...] = ()
    long: bool = False
    seed: int = 0

    @classmethod
    def of_environment(cls) -> Self:
        """The job of this process."""
        return cls(**json.loads(os.environ[VARIABLE]))

    def to_environment(self) -> dict[str, str]:
        """The variable for the process that is to do it."""
        return {VARIABLE: json.dumps(asdict(self))}
