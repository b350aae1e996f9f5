import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from imagematch_core.signatures.goldberg1.percentile import percentiles


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40),
    st.lists(st.integers(0, 100) | st.floats(0, 100), min_size=1, max_size=5),
)
def test_percentiles_are_those_of_numpy(numbers: list[float], percents: list[float]) -> None:
    found = percentiles(np.sort(np.array(numbers)), percents)
    assert found == [np.percentile(numbers, percent) for percent in percents]
