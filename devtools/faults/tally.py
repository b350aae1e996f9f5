"""What is counted of one fault: a row of the table."""

import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from imagematch_core import ImageMatchError

EXAMPLES = 3
HEAD = f"| {'fault':80} | tries | acknowledged | found | raised | wrong | untyped |"
RULE = "|---|---|---|---|---|---|---|"


@dataclass
class Tally:
    """Counts of one fault; threads may share it.

    Attributes:
        fault: what was done, to what.
        tried: how often.
        acknowledged: records that were said to be stored.
        found: those of them that were there afterwards.
        raised: calls that ended with an `ImageMatchError`, as some must.
        wrong: answers that were not what they must be, and promises not kept.
        untyped: exceptions that were no `ImageMatchError`.
        examples: what the first of the wrong and untyped ones were.
    """

    fault: str
    tried: int = 0
    acknowledged: int = 0
    found: int = 0
    raised: int = 0
    wrong: int = 0
    untyped: int = 0
    examples: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def is_clean(self) -> bool:
        """Whether nothing was lost, wrong or untyped."""
        return self.found == self.acknowledged and not self.wrong and not self.untyped

    def expect(self, holds: object, otherwise: str) -> None:
        """Count as wrong what doesn't hold."""
        if not holds:
            with self._lock:
                self.wrong += 1
                self._note(otherwise)

    @contextmanager
    def judged(self) -> Iterator[None]:
        """Swallow and count what a call raises."""
        try:
            yield
        except ImageMatchError:
            with self._lock:
                self.raised += 1
        except Exception:  # noqa: BLE001 - that is what is looked for
            with self._lock:
                self.untyped += 1
                self._note(traceback.format_exc(limit=-3))

    def __str__(self) -> str:
        counts = (self.tried, self.acknowledged, self.found, self.raised, self.wrong, self.untyped)
        return f"| {self.fault:80} | {' | '.join(f'{count:,}' for count in counts)} |"

    def _note(self, example: str) -> None:
        if len(self.examples) < EXAMPLES:
            self.examples.append(example)
