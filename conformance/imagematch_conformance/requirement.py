"""One thing that the storage protocol requires, and the test that proves it."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest
from imagematch_core.protocol import Capability

from .stage import Impossible
from .watching import run_watched

Test = TypeVar("Test", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Requirement:
    """A sentence of the protocol that a test proves.

    Attributes:
        id: such as 'PUT-004'; never used again for anything else.
        level: None for what every driver must do, else the capability that promises it.
        since: the version of the suite that introduced it.
        staged: whether it needs a `Stage`, which may declare it impossible.
        alone: whether its test disturbs others that use the same database.
        intent: what must hold, in a sentence.
        fix: where to look when it does not.
    """

    id: str
    level: Capability | None
    since: str
    staged: bool
    alone: bool
    intent: str
    fix: str

    @property
    def level_name(self) -> str:
        """'core', or the name of the capability."""
        return self.level.value if self.level else "core"


class Declared(pytest.skip.Exception):  # type: ignore[name-defined, misc]
    """The driver or its stage declares that a requirement does not apply, and why."""


REQUIREMENTS: dict[str, Requirement] = {}
"""All requirements by id, in the order in which their modules state them."""


def requirement(
    requirement_id: str,
    *,
    fix: str,
    level: Capability | None = None,
    since: str = "0.1",
    staged: bool = False,
    alone: bool = False,
) -> Callable[[Test], Test]:
    """Make a test method the proof of a requirement. Its docstring is the intent."""

    def decorate(test: Test) -> Test:
        intent = " ".join((test.__doc__ or "").split())
        # Python's -OO takes docstrings away; the suite still knows its requirements then.
        if (__debug__ and not intent) or requirement_id in REQUIREMENTS:
            raise TypeError(f"{requirement_id} has no docstring, or is there twice")
        stated = Requirement(requirement_id, level, since, staged, alone, intent, fix)
        REQUIREMENTS[requirement_id] = stated

        @functools.wraps(test)
        def prove(self: Any, *args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            try:
                return run_watched(functools.partial(test, self, *args, **kwargs), self.watch)
            except Impossible as err:
                if staged:
                    raise Declared(str(err)) from None
                raise
            except Exception as err:
                err.add_note(explain(stated))
                raise

        prove.requirement = stated  # type: ignore[attr-defined]
        return prove  # type: ignore[return-value]

    return decorate


def explain(stated: Requirement) -> str:
    """Return what a driver's author reads when the test fails."""
    return f"{stated.id} ({stated.level_name}): {stated.intent}\nWhere to look: {stated.fix}"
