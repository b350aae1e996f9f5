"""Grey levels, to the last bit those that image-match gets from scikit-image.

The formula is `0.2125 R + 0.7154 G + 0.0721 B` on values in [0, 1]. scikit-image computes it as a
matrix product, so its last bits are those of the BLAS library: with NumPy's wheels on x86-64

    fma(B, 0.0721, fma(R, 0.2125, G × 0.7154))

where `fma(a, b, c)` is a·b + c, rounded once. Here the same is computed without that
instruction, so that the bits do not depend on the machine.
"""

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

RED, GREEN, BLUE = 0.2125, 0.7154, 0.0721

WEIGHTS = (2125, 7154, 721)
"""The same in ten-thousandths: so weighted, bytes add up to whole numbers, without rounding."""
WHITE = 255 * 10_000
"""The sum of a white pixel."""

_Floats = NDArray[np.float64]


def grey(pixels: NDArray[Any]) -> _Floats:
    """Return the grey levels of a picture.

    Args:
        pixels: (H, W) or (H, W, 1): grey already; (H, W, 3): RGB; (H, W, 4): RGB and an alpha
            that is left out. bool, uint8, uint16, or floats, which are taken as they are.

    Returns:
        Shape (H, W); 0.0 is black and 1.0 is white. Half and single precision floats are
        computed in double precision.
    """
    if pixels.ndim == 2:
        return _unit(pixels)
    if pixels.shape[2] == 1:
        return _unit(pixels[..., 0])
    if pixels.dtype == np.uint8:
        return _grey_of_bytes(pixels)
    red, green, blue = (_unit(pixels[..., channel]) for channel in range(3))
    return _fma(blue, BLUE, _fma(red, RED, green * GREEN))


def _unit(values: NDArray[Any]) -> _Floats:
    """Full range integers to [0, 1]; a product with the reciprocal, as scikit-image has it."""
    if np.issubdtype(values.dtype, np.unsignedinteger):
        return values * np.float64(1 / np.iinfo(values.dtype).max)
    return np.ascontiguousarray(values, dtype=np.float64)


def _grey_of_bytes(pixels: NDArray[np.uint8]) -> _Floats:
    """`grey` of bytes, by tables, in place of some hundred operations a pixel."""
    of_red_and_green, of_blue, blue_error = _tables()
    colour = pixels[..., 0].astype(np.intp)
    colour *= 256
    colour += pixels[..., 1]
    base = of_red_and_green.take(colour)
    colour[...] = pixels[..., 2]
    total, error = _two_sum(base, of_blue.take(colour))
    # Rounds twice where `_fma` rounds once. It is the same for all 256³ colours, see the tests.
    error += blue_error.take(colour)
    total += error
    return total


@cache
def _tables() -> tuple[_Floats, _Floats, _Floats]:
    """For red·256 + green their part of the sum; for blue its part and what it is rounded by."""
    levels = _unit(np.arange(256, dtype=np.uint8))
    red, green = np.repeat(levels, 256), np.tile(levels, 256)
    return _fma(red, RED, green * GREEN), *_two_product(levels, BLUE)


def _fma(a: _Floats, b: float, c: _Floats) -> _Floats:
    """a·b + c, correctly rounded (Boldo and Melquiond, 2008), short of under- and overflow."""
    product, product_error = _two_product(a, b)
    low, low_error = _two_sum(c, product_error)
    high, high_error = _two_sum(product, low)
    rest, rest_error = _two_sum(low_error, high_error)
    return high + _round_to_odd(rest, rest_error)


def _round_to_odd(total: _Floats, error: _Floats) -> _Floats:
    """total + error, to the neighbour with an odd last bit unless it is exact."""
    bits = total.view(np.int64)
    inexact = (error != 0) & (bits & 1 == 0)
    outwards = (error > 0) == (total > 0)
    return (bits + np.where(inexact, np.where(outwards, 1, -1), 0)).view(np.float64)


def _two_sum(a: _Floats, b: _Floats) -> tuple[_Floats, _Floats]:
    """a + b, and the rounding error of that (Knuth)."""
    total = a + b
    rounded_b = total - a
    return total, (a - (total - rounded_b)) + (b - rounded_b)


def _two_product(a: _Floats, b: float) -> tuple[_Floats, _Floats]:
    """a · b, and the rounding error of that (Dekker)."""
    product = a * b
    a_high, a_low = _halves(a)
    b_high, b_low = _halves(np.float64(b))
    return product, ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low


def _halves(a: Any) -> tuple[Any, Any]:
    """a as the sum of two numbers of 26 bits (Veltkamp)."""
    scaled = 134217729.0 * a
    high = scaled - (scaled - a)
    return high, a - high
