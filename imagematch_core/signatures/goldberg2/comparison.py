"""How far apart two pictures are, once one is laid over the other.

Their contrasts are compared cell by cell, less those cells that agree least.
"""

import numpy as np
from numpy.typing import NDArray

from . import cutouts
from .alignment import LEAST_SEEN, Warps, inverse, sample
from .coarser import coarser_seen
from .contrast import Cells, contrasts
from .distortion import area
from .drawn import Texture

_SEEN = np.float32(128)
"""Of a cell in place of 1, so that half of it is a whole number as well."""
APART = 2.0
"""In place of the distance of a pair that does not agree."""

_DOUBT = 2.0
"""Standard errors of the agreement that are taken off: few cells prove little."""
_LEFT_OUT = 0.15
"""Of the cells with something in them, so many may disagree: something may cover a part of a
copy."""
_LEFT_OUT_OF_DRAWINGS = 0.05
_SMOOTH = (0.35, 0.45)
"""The same of two that are as hard-edged as print, or plain in so large a part: it falls to this
between these. Drawings of a kind differ in few cells."""
_LEFT_OUT_OF_COARSER = 0.25
_COARSER = 1.15
"""Photographs may agree as well by half with their coarser cells: distances then count so many
times. What is thin and lies all over one, such as watermarks, disagrees with most finer cells."""
_TELLING = 8
"""Contrasts from half of the usual one on tell something."""
_PLAIN = (0.45, 0.75)
_STRICTEST = 2.0
"""Where so much of both pictures is plain, distances count from 1 to 2 times."""
SAME = 0.13
_SAME_OF_PRINT, _PLAINER = 0.08, 0.55
_COVERED = 0.15
"""Signatures nearer than this prove as much. Of drawings only those of print do, nearer still, that
is not so plain: lines and bars finer than cells don't agree. Something may cover what signatures
leave out, so the distance is that much more than theirs."""


def overlaid_distances(
    query: Cells,
    others: Cells,
    warps: Warps,
    stricter: NDArray[np.float64],
    drawn: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """√((1 - r) / 2), where r says how well the contrasts of two pictures agree.

    Both are seen on the coarser grid of the two, so that no cell is made up. Distances count at
    least as many times as `stricter` says.
    """
    plain, of_print = _of_both(Texture.of(query), Texture.of(others))
    query = np.broadcast_to(query, others.shape)
    turned_round = area(warps) < 1
    which = turned_round[:, None, None]
    onto = np.where(which, inverse(warps), warps)
    values, inside = sample(np.where(which, query, others), onto)
    seen = inside.reshape(others.shape)
    one, other = np.where(which, others, query), np.rint(values).reshape(others.shape)
    distances, agreed = _distances(one, other, seen, _left_out(plain, of_print, drawn), drawn)
    enough = (seen.mean(axis=(1, 2)) >= LEAST_SEEN) & (agreed > -1)
    distances *= _times(plain, stricter, drawn)
    own, theirs = cutouts.Outline.of(query[:1]), cutouts.Outline.of(others)
    some = np.flatnonzero(own.is_cut_out | theirs.is_cut_out)
    if some.size:
        turned, interior = which[some], theirs.interior[some]
        within = seen[some] * np.where(turned, interior, own.interior)
        inside, _ = sample(_SEEN * np.where(turned, own.interior, interior), onto[some])
        within *= 2 * inside.reshape(within.shape) >= _SEEN
        inner = _distances_inside(one[some], other[some], within, stricter[some], drawn[some])
        distances[some] = np.maximum(distances[some], inner)
    return np.where(enough, np.minimum(distances, 1), APART)


def proven_distances(
    query: Cells,
    others: Cells,
    apart: NDArray[np.float64],
    stricter: NDArray[np.float64],
    drawn: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """Return how far apart pictures are by their signatures, where these are as good as equal.

    Args:
        apart: the distances of the signatures.

    Returns:
        `APART` where they prove nothing.
    """
    plain, of_print = _of_both(Texture.of(query), Texture.of(others))
    distances = (_COVERED + apart) * _times(plain, stricter, drawn)
    of_drawings = of_print & (plain < _PLAINER) & (apart < _SAME_OF_PRINT)
    by_outline = cutouts.Outline.of(query).is_cut_out & cutouts.Outline.of(others).is_cut_out
    same = np.where(drawn, of_drawings, (apart < SAME) & ~by_outline)
    return np.where(same, distances, APART)


def _distances(
    one: Cells,
    other: Cells,
    seen: Cells,
    left_out: NDArray[np.float64],
    drawn: NDArray[np.bool_],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how far apart two pictures are by the cells that are seen, and how well they agree."""
    agreed = _agreement(one, other, seen, left_out)
    distances = _apart(agreed)
    some = np.flatnonzero(~drawn)
    if some.size:
        halved, present = coarser_seen(np.stack([one[some], other[some]]), seen[some])
        of_both = (
            agreed[some] + _agreement(halved[0], halved[1], present, _LEFT_OUT_OF_COARSER)
        ) / 2
        distances[some] = np.minimum(distances[some], _COARSER * _apart(of_both))
    return distances, agreed


def _distances_inside(
    one: Cells,
    other: Cells,
    within: Cells,
    stricter: NDArray[np.float64],
    drawn: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """Return how far apart the insides of two outlines are: 0 where they tell nothing.

    A photograph cut out of white is plain, but its inside is not. Where insides are smooth, levels
    may agree as well as contrasts.
    """
    result = np.zeros(len(one))
    textures = [Texture.of(levels, within) for levels in (one, other)]
    some = np.flatnonzero(cutouts.are_telling(one, other, within, textures))
    if not some.size:
        return result
    one, other, within = one[some], other[some], within[some]
    ours, theirs = (texture.at(some) for texture in textures)
    plain, of_print = _of_both(ours, theirs)
    is_drawn = drawn[some] & ours.is_drawn & theirs.is_drawn
    left_out = _left_out(plain, of_print, is_drawn)
    distances, _ = _distances(one, other, within, left_out, is_drawn)
    by_levels = _apart(cutouts.correlation(one, other, within))
    smooth = cutouts.are_smooth(one, other, within)
    distances = np.where(smooth, np.minimum(distances, by_levels), distances)
    result[some] = distances * _times(plain, stricter[some], is_drawn)
    return result


def _agreement(
    one: Cells, other: Cells, seen: Cells, left_out: NDArray[np.float64] | float
) -> NDArray[np.float64]:
    """Return the correlation of the contrasts of two pictures, less what few cells leave in doubt.

    Args:
        left_out: the share of the cells with something in them that may disagree.

    Returns:
        From -1 to 1; -1 where nothing is seen.
    """
    a, b = (
        contrasts(levels, seen).reshape(len(levels), -1).astype(np.float64)
        for levels in (one, other)
    )
    a, b = _mostly(a, b, left_out)
    squares = (a * a).sum(axis=1) * (b * b).sum(axis=1)
    agreed = (a * b).sum(axis=1) / np.sqrt(np.maximum(squares, 1))
    doubt = _DOUBT * (1 - agreed * agreed) / np.sqrt(np.minimum(_cells(a), _cells(b)))
    return np.where(squares > 0, np.maximum(agreed - doubt, -1), -1)


def _apart(agreed: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.sqrt(np.maximum(1 - agreed, 0) / 2))


def _mostly(
    a: NDArray[np.float64], b: NDArray[np.float64], share: NDArray[np.float64] | float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Contrasts without those cells that agree least, as large a share of those that tell."""
    errors = np.abs(a - b)
    ordered = -np.sort(-errors, axis=1)
    telling = ((np.abs(a) >= _TELLING) | (np.abs(b) >= _TELLING)).sum(axis=1)
    left_out = (telling * share).astype(np.intp)
    kept = errors <= ordered[np.arange(len(a)), left_out][:, None]
    return a * kept, b * kept


def _of_both(one: Texture, other: Texture) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return how plain both pictures of each pair are, and whether both are print."""
    plain = np.minimum(one.plainness, other.plainness)
    return plain, np.asarray(one.is_printed & other.is_printed)


def _left_out(
    plain: NDArray[np.float64], of_print: NDArray[np.bool_], drawn: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return the share of the cells with something in them that may disagree."""
    of_drawings = np.maximum(_share(plain, _SMOOTH), of_print) * drawn
    return _LEFT_OUT - (_LEFT_OUT - _LEFT_OUT_OF_DRAWINGS) * of_drawings


def _times(
    plain: NDArray[np.float64], stricter: NDArray[np.float64], drawn: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return how many times distances count: more between drawings, whose copies differ less."""
    of_drawings = 1 + (_STRICTEST - 1) * _share(plain, _PLAIN)
    return np.asarray(np.maximum(of_drawings**drawn, stricter))


def _share(values: NDArray[np.float64], ends: tuple[float, float]) -> NDArray[np.float64]:
    """Return how far values have come from one end to the other, from 0 to 1."""
    low, high = ends
    return np.asarray(np.clip((values - low) / (high - low), 0, 1))


def _cells(contrast: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how many cells a picture has as good as something in: at least 1."""
    total = np.abs(contrast).sum(axis=1)
    squares = (contrast * contrast).sum(axis=1)
    return np.asarray(np.maximum(total * total / np.maximum(squares, 1), 1))
