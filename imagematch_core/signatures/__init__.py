"""The algorithms, by name."""

from difflib import get_close_matches

from ..errors import AlgorithmError
from .algorithm import Algorithm
from .goldberg1 import Goldberg1
from .goldberg2 import Goldberg2, Goldberg2Large

__all__ = ["ALGORITHMS", "DEFAULT", "get_algorithm"]

DEFAULT = Goldberg2.name
"""The algorithm of a new index."""

ALGORITHMS: dict[str, Algorithm] = {
    known.name: known for known in (Goldberg1(), Goldberg2(), Goldberg2Large())
}


def get_algorithm(name: str | None = None) -> Algorithm:
    """Return the algorithm of that name, the default one for None, or raise `AlgorithmError`."""
    wanted = DEFAULT if name is None else name
    if wanted in ALGORITHMS:
        return ALGORITHMS[wanted]
    near = get_close_matches(wanted, ALGORITHMS, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else "."
    raise AlgorithmError(
        f"no algorithm is called {wanted!r}{hint} There are: {', '.join(ALGORITHMS)}"
    )
