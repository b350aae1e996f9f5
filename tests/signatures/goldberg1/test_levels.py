import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from imagematch_core.signatures.goldberg1.levels import (
    certain_levels,
    differences,
    neighbours,
    sort_into_levels,
)

from .strategies import Floats

# Means whose differences meet each other, the tolerance and 1.0 exactly or nearly.
means = st.lists(
    st.sampled_from([0.0, 0.25, 0.5, 1.0, 2 / 255, 0.25 + 2 / 255, 0.25 + 1e-13, 0.1, 0.7])
    | st.floats(0, 1),
    min_size=16,
    max_size=16,
).map(lambda values: np.array(values).reshape(4, 4))


@given(means, st.booleans())
def test_what_two_blocks_say_of_each_other_is_opposite(means: Floats, diagonal: bool) -> None:
    pairs = neighbours(4, diagonal)
    steps = differences(means, diagonal).ravel()
    flat = means.ravel()
    assert np.array_equal(steps[pairs.forward], flat[pairs.first] - flat[pairs.second])
    assert np.array_equal(steps[pairs.backward], -steps[pairs.forward])
    assert len(steps) == pairs.length
    assert np.count_nonzero(steps) == 2 * np.count_nonzero(steps[pairs.forward])


def test_a_grid_of_81_blocks_has_272_pairs() -> None:
    pairs = neighbours(9, diagonal=True)
    assert len(pairs.forward) == 272
    assert pairs.length == 648


@given(means, means, st.booleans(), st.integers(1, 3), st.sampled_from([0.0, 2 / 255, 0.3]))
def test_certain_levels_do_not_depend_on_small_errors(
    means: Floats, noise: Floats, diagonal: bool, count: int, tolerance: float
) -> None:
    pairs = neighbours(4, diagonal)
    found = certain_levels(means, 1e-11, pairs, tolerance, count)
    for error in (0.0, 1e-11, -1e-11):
        steps = differences(means + error * (2 * noise - 1), diagonal)
        sort_into_levels(steps, tolerance, count)
        if found is not None:
            assert np.array_equal(steps.ravel()[pairs.forward], found)
            assert np.array_equal(steps.ravel()[pairs.backward], -found)


def test_levels_of_different_means_are_certain() -> None:
    means = np.random.default_rng(0).random((9, 9))
    assert certain_levels(means, 1e-11, neighbours(9, True), 2 / 255, 2) is not None


def test_a_difference_of_one_makes_all_others_of_its_sign_level_two() -> None:
    # image-match takes levels for differences again; 1.0 lies in the second interval.
    steps = np.array([0.1, 0.2, 0.3, 1.0, -0.1, -0.2, -0.3, -0.9])
    sort_into_levels(steps, 2 / 255, 2)
    assert steps.tolist() == [2, 2, 2, 2, -1, -1, -2, -2]


def test_differences_of_one_sign_only() -> None:
    steps = np.array([0.1, 0.2, 0.3, 0.4])
    sort_into_levels(steps, 2 / 255, 2)
    assert steps.tolist() == [1, 1, 2, 2]
