"""Products of matrices on the calling thread.

BLAS gives a larger product to all cores, and each of its threads waits busily for the last one. A
search has many products that take microseconds, so on a busy machine it would mostly wait.
"""

from math import isqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

_MOST = 1 << 18
"""Multiplications that OpenBLAS does without other threads."""


def product(a: NDArray[Any], b: NDArray[Any]) -> NDArray[Any]:
    """Return a @ b, of shapes (n, k) and (k, m), part by part."""
    (height, inner), width = a.shape, b.shape[1]
    rows = max(1, min(height, isqrt(_MOST // inner)))
    columns = max(1, _MOST // (inner * rows))
    result = np.empty((height, width), np.result_type(a, b))
    for top in range(0, height, rows):
        for left in range(0, width, columns):
            part = slice(top, top + rows), slice(left, left + columns)
            result[part] = a[part[0]] @ b[:, part[1]]
    return result
