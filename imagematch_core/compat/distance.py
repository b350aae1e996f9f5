"""The distance of one signature to many, as arrays."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def normalized_distance(
    _target_array: NDArray[Any], _vec: NDArray[Any], nan_value: float = 1.0
) -> NDArray[np.float64]:
    """Return ‖vec − b‖ / (‖vec‖ + ‖b‖) for each row b.

    Args:
        _target_array: signatures, shape (count, length).
        _vec: a signature, shape (length,).
        nan_value: the distance of two signatures without features, which would be 0 / 0.

    Returns:
        Shape (count,).
    """
    target, vec = np.asarray(_target_array).astype(np.int64), np.asarray(_vec).astype(np.int64)
    total = np.linalg.norm(vec) + np.linalg.norm(target, axis=1)
    distances = np.full(len(target), nan_value, np.float64)
    np.divide(np.linalg.norm(vec - target, axis=1), total, out=distances, where=total > 0)
    return distances
