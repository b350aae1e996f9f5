from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagematch_core.signatures.goldberg1 import crop, quick_crop
from imagematch_core.signatures.goldberg1.grey import grey
from imagematch_core.signatures.goldberg1.pixels import Pixels
from imagematch_core.signatures.goldberg1.quick_crop import quick_window

from . import reference
from .strategies import COLOURS, Picture, pictures

percents = st.sampled_from([(5, 95), (0, 100), (0, 50), (40, 60), (2.5, 97.5), (49.9, 50.1)])


def slow_window(picture: Picture, *settings: Any) -> crop.Window:
    levels = grey(picture)
    return crop.window(lambda top, bottom: levels[top:bottom], levels.shape, *settings)


@given(pictures(), percents, st.booleans())
def test_the_window_is_that_of_the_plain_computation(
    picture: Picture, percents: tuple[float, float], fix_ratio: bool
) -> None:
    expected = reference.window(grey(picture), percents, fix_ratio)
    assert slow_window(picture, percents, fix_ratio) == expected
    quick = quick_window(Pixels(picture), percents, fix_ratio)
    assert quick is None or quick == expected


@given(pictures(longest=90))
def test_energies_of_bands_are_those_of_the_whole_to_the_bit(picture: Picture) -> None:
    levels = grey(picture)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(crop, "_BAND", 100)
        rows, columns = crop._energies(lambda top, bottom: levels[top:bottom], levels.shape)
    assert np.array_equal(rows, np.sum(np.abs(np.diff(levels, axis=1)), axis=1))
    if len(columns) > 1:  # of a single column the window is the same whatever its energy is
        assert np.array_equal(columns, np.sum(np.abs(np.diff(levels, axis=0)), axis=0))


@given(pictures(longest=90))
def test_lines_can_be_read_in_pieces(picture: Picture) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quick_crop, "_BAND", 100)
        quick = quick_window(Pixels(picture), (5, 95), False)
    assert quick is None or quick == reference.window(grey(picture), (5, 95), False)


@pytest.mark.parametrize(("percents", "quiet"), [((29, 95), 29), ((2, 7), 8)])
def test_a_percentile_that_misses_a_row_by_a_rounding_error(
    percents: tuple[float, float], quiet: int
) -> None:
    assert 0.29 * 100 < 29
    assert 0.07 * 100 > 7
    picture = np.random.default_rng(0).integers(0, 256, (101, 101, 3), dtype=np.uint8)
    picture[quiet] = 100
    picture[quiet, 50] = 101
    assert quick_window(Pixels(picture), percents, False) is None
    expected = reference.window(grey(picture), percents, False)
    assert slow_window(picture, percents, False) == expected


@pytest.mark.parametrize("change", [1, 99, 100, 101, 200, 201, 400, 401, 599])
def test_a_single_step_in_a_line_is_seen(change: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quick_crop, "_BAND", 100)
    picture = np.random.default_rng(0).integers(0, 256, (41, 600, 3), dtype=np.uint8)
    picture[[2, 3, 38, 39]] = 7
    picture[[3, 38], change:] = 8
    expected = reference.window(grey(picture), (5, 95), False)
    assert quick_window(Pixels(picture), (5, 95), False) == expected


def test_noise_needs_no_sums() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (50, 70, 3), dtype=np.uint8)
    assert quick_window(Pixels(picture), (5, 95), False) == [(3, 47), (4, 66)]


def test_flat_borders_move_the_window_and_need_no_sums() -> None:
    picture = np.full((100, 100, 3), 255, np.uint8)
    picture[30:60, 20:90] = np.random.default_rng(0).integers(0, 256, (30, 70, 3), dtype=np.uint8)
    window = quick_window(Pixels(picture), (5, 95), False)
    assert window == reference.window(grey(picture), (5, 95), False)
    assert window == [(30, 59), (20, 89)]


def test_a_row_of_two_colours_of_equal_grey_is_not_decided_quickly() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (101, 101, 3), dtype=np.uint8)
    picture[5] = COLOURS[0]
    picture[6] = np.where(np.arange(101)[:, None] % 2, COLOURS[0], COLOURS[1])
    assert quick_window(Pixels(picture), (5, 95), False) is None
