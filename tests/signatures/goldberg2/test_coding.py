"""The finer pictures of signatures, packed and unpacked."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from hypothesis.extra import numpy as arrays

from imagematch_core.signatures.goldberg2.coding import Levels, packed, read_code, unpacked

SIDE = 24


@given(arrays.arrays(np.uint8, (SIDE, SIDE), elements=some.integers(0, 63)))
def test_what_is_packed_is_unpacked(levels: Levels) -> None:
    code = packed(levels)
    numbers, end = read_code(b"head" + code + b"tail", 4, SIDE * SIDE)
    assert np.array_equal(unpacked(numbers[None], SIDE)[0], levels)
    assert end == 4 + len(code)


def test_pictures_with_little_in_them_take_little() -> None:
    rows, columns = np.indices((SIDE, SIDE))
    slope = (rows + columns).astype(np.uint8)
    noise = np.random.default_rng(1).integers(0, 64, (SIDE, SIDE)).astype(np.uint8)
    assert len(packed(slope)) < 90
    assert len(packed(noise)) < 500


def test_what_breaks_off_is_refused() -> None:
    code = packed(np.random.default_rng(1).integers(0, 64, (SIDE, SIDE)).astype(np.uint8))
    for length in range(len(code)):
        with pytest.raises(ValueError, match="picture"):
            read_code(code[:length], 0, SIDE * SIDE)
    with pytest.raises(ValueError, match="there is no picture"):
        read_code(b"\x06" + code[1:], 0, SIDE * SIDE)
