"""Pictures of the kinds that make trouble: tiny, flat, striped, bordered, of few colours."""

from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

# The first two have the same grey in theory, but not as floats.
COLOURS = np.array(
    [(63, 0, 0), (0, 17, 17), (0, 0, 0), (255, 255, 255), (255, 0, 0), (1, 1, 1), (128, 128, 128)],
    np.uint8,
)

Picture = NDArray[np.uint8]
Floats = NDArray[np.float64]
Entries = NDArray[np.int8]


@st.composite
def pictures(draw: st.DrawFn, longest: int = 60) -> Picture:
    """RGB, shape (H, W, 3)."""
    height, width = draw(st.integers(1, longest)), draw(st.integers(1, longest))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    kind = draw(st.sampled_from(["noise", "few colours", "rows", "columns", "smooth", "half grey"]))
    picture = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
    if kind == "few colours":
        picture = rng.choice(COLOURS[: draw(st.integers(1, len(COLOURS)))], (height, width))
    elif kind == "rows":
        picture = np.repeat(rng.choice(COLOURS, (height, 1)), width, axis=1)
    elif kind == "columns":
        picture = np.repeat(rng.choice(COLOURS, (1, width)), height, axis=0)
    elif kind == "smooth":
        steps = rng.integers(-3, 4, (height, width, 3)).cumsum(axis=0).cumsum(axis=1)
        picture = np.clip(128 + steps, 0, 255).astype(np.uint8)
    elif kind == "half grey":
        picture = np.repeat(rng.integers(0, 3, (height, width, 1), dtype=np.uint8) * 127, 3, axis=2)
    if draw(st.booleans()):
        rows = slice(*sorted(draw(st.tuples(st.integers(0, height), st.integers(0, height)))))
        picture[rows] = draw(st.sampled_from(list(COLOURS)))
    if draw(st.booleans()):
        columns = slice(*sorted(draw(st.tuples(st.integers(0, width), st.integers(0, width)))))
        picture[:, columns] = draw(st.sampled_from(list(COLOURS)))
    return picture


@st.composite
def parameters(draw: st.DrawFn) -> dict[str, Any]:
    """Arguments of `ImageSignature`."""
    percents = st.one_of(st.integers(0, 100), st.floats(0, 100))
    crop = draw(st.none() | st.tuples(percents, percents).filter(lambda pair: pair[0] < pair[1]))
    return {
        "n": draw(st.integers(2, 12)),
        "crop_percentiles": crop,
        "P": draw(st.none() | st.integers(1, 70)),
        "diagonal_neighbors": draw(st.booleans()),
        "identical_tolerance": draw(st.sampled_from([0, 2 / 255, 0.1, 1.0])),
        "n_levels": draw(st.integers(1, 5)),
        "fix_ratio": draw(st.booleans()),
    }


@st.composite
def entries(draw: st.DrawFn) -> Entries:
    """648 entries of a signature: symmetric, or broken in one or a few places."""
    from imagematch_core.signatures.goldberg1.packing import PAIRS

    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    spread = draw(st.sampled_from([(0,), (-1, 0, 1), (-2, -1, 0, 1, 2), (-2, 2)]))
    found = np.zeros(PAIRS.length, np.int8)
    found[PAIRS.forward] = rng.choice(spread, len(PAIRS.forward))
    found[PAIRS.backward] = -found[PAIRS.forward]
    for _ in range(draw(st.integers(0, 3))):
        found[draw(st.sampled_from([*PAIRS.forward, *PAIRS.backward]))] = draw(st.integers(-2, 2))
    return found
