"""image-match's signature, after Wong, Bern and Goldberg, "An image signature for any kind of
image" (ICIP 2002).

A window is cut out of the grey picture, n × n blocks are laid over it, and the difference between
the mean levels of each two neighbouring blocks is sorted into a few levels. All results are those
of image-match 1.1 to the byte. It computes them in floats from every pixel. Here that is repeated
to the bit only where its rounding errors, which are bounded, could matter.
"""

import numpy as np
from numpy.typing import NDArray

from .crop import Window, window
from .grey import grey
from .grid import MEAN_ERROR, block_size, block_spans, exact_means, grid_points, means, rough_means
from .levels import certain_levels, differences, neighbours, sort_into_levels
from .parameters import Parameters
from .pixels import Pixels, Spans
from .quick_crop import quick_window

Entries = NDArray[np.int8]
_Floats = NDArray[np.float64]


def entries(picture: Pixels | _Floats, parameters: Parameters) -> Entries:
    """Return the entries of the signature of a picture.

    Args:
        picture: 8-bit colours, or grey levels of shape (H, W).
        parameters: of the signature.

    Returns:
        Shape (parameters.length,), each from -n_levels to n_levels.
    """
    rows, columns = block_places(picture, find_window(picture, parameters), parameters)
    if isinstance(picture, Pixels):
        certain = _certain_entries(picture, rows, columns, parameters)
        if certain is not None:
            return certain
        blocks = exact_means(picture, rows, columns)
    else:
        blocks = means(picture, rows, columns)
    steps = differences(blocks, parameters.diagonal_neighbors)
    sort_into_levels(steps, parameters.identical_tolerance, parameters.n_levels)
    # Blocks without pixels are nan, which image-match's conversion to integers makes 0.
    return np.nan_to_num(steps.ravel()).astype(np.int8)


def block_places(
    picture: Pixels | _Floats, limits: Window, parameters: Parameters
) -> tuple[Spans, Spans]:
    """Return the rows and the columns of pixels that the blocks cover."""
    size = parameters.P or block_size(picture.shape)
    rows, columns = (
        block_spans(grid_points(*within, parameters.n), size, side)
        for within, side in zip(limits, picture.shape, strict=True)
    )
    return rows, columns


def find_window(picture: Pixels | _Floats, parameters: Parameters) -> Window:
    """Return the window over which the grid is laid."""
    height, width = picture.shape
    if parameters.crop_percentiles is None:
        return [(0, height), (0, width)]
    settings = (parameters.crop_percentiles, parameters.fix_ratio)
    if not isinstance(picture, Pixels):
        return window(lambda top, bottom: picture[top:bottom], (height, width), *settings)
    return quick_window(picture, *settings) or window(
        lambda top, bottom: grey(picture.read(top, bottom, 0, width)), (height, width), *settings
    )


def _certain_entries(
    pixels: Pixels, rows: Spans, columns: Spans, parameters: Parameters
) -> Entries | None:
    """Return the entries from exact sums of whole numbers; None where rounding could matter.

    With `exact_means` for all pictures a signature of a JPEG takes 1.4 times as long at 1
    megapixel, 1.5 times at 12.
    """
    rough = rough_means(pixels, rows, columns)
    if rough is None:
        return None
    pairs = neighbours(parameters.n, parameters.diagonal_neighbors)
    levels = certain_levels(
        rough, MEAN_ERROR, pairs, parameters.identical_tolerance, parameters.n_levels
    )
    if levels is None:
        return None
    result = np.zeros(parameters.length, np.int8)
    result[pairs.forward] = levels
    result[pairs.backward] = -levels
    return result
