"""An explanation in words."""

import numpy as np
from numpy.typing import NDArray

from ..signatures.algorithm import Layout, View
from .explanation import ExplainedPicture, Explanation

_SIDES = ("left", "top", "right", "bottom")


def verdict(explained: Explanation) -> str:
    """Return the result in two words."""
    return "Near copies" if explained.near else "Different pictures"


def facts(explained: Explanation) -> list[str]:
    """Return the facts that the verdict rests on, a line each."""
    relation = "below" if explained.near else "not below"
    lines = [
        f"Distance {explained.distance:.4f}, {relation} the cutoff of {explained.cutoff:g}"
        f"{_rarity(explained)}",
        f"Orientation: {explained.orientation}. "
        f"{explained.agreeing} of {len(explained.cells)} cells agree, "
        f"{explained.differing} {'differs' if explained.differing == 1 else 'differ'}"
        + (f", {explained.empty} without anything to compare" if explained.empty else ""),
    ]
    if explained.b.outline is not None:
        lines.append(_laid(explained.b, explained.b.outline))
    best = explained.tried[0]
    shared = max(one.shared for one in explained.tried if one.of == best.of)
    query = best.of.upper()
    lines.append(
        f"A search for {query} shares {shared} of {explained.stored_words} words with the other: "
        "an index would find it to compare"
        if shared
        else f"A search for {query} shares no word with the other: an index would not look at it"
    )
    return lines


def _laid(side: ExplainedPicture, outline: NDArray[np.float64]) -> str:
    """Return how A lies on B: how large, and turned by how much."""
    size = np.array(side.image.size)
    (across, down), turned = size, (outline[1] - outline[0]) * size
    width = np.linalg.norm(turned) / across
    height = np.linalg.norm((outline[3] - outline[0]) * size) / down
    degrees = np.degrees(np.arctan2(-turned[1], turned[0]))
    text = f"Laid on B, what A shows takes {width:.0%} of its width and {height:.0%} of its height"
    text = text.replace("%", " %")
    if abs(degrees) < 0.5:
        return text
    return f"{text}, turned by {abs(degrees):.1f}° {'counter-' if degrees > 0 else ''}clockwise"


def picture(side: ExplainedPicture) -> str:
    """Describe one of the two pictures."""
    # Pillow's font lacks the sign for times.
    return f"{side.info.width:,} x {side.info.height:,} pixels, {side.info.format}"


def seen(explained: Explanation, of: str) -> str:
    """Return how picture `of`, 'a' or 'b', was looked at in the nearest view."""
    best = explained.tried[0]
    return (
        f"view: {where(best.view, best.layout)}" if best.of == of else "whole, as an index has it"
    )


def where(view: View, layout: Layout) -> str:
    """Describe what a view does to the picture: 'whole', 'crop undone: 16 % left'."""
    parts = []
    if view.name == "whole":
        parts.append("whole")
    elif (layout.inside != (0, 0, 1, 1)).any():
        parts.append("border taken off")
    inside, frame = (box[2:] - box[:2] for box in (layout.inside, layout.frame))
    is_part = frame.prod() < inside.prod()
    sides = np.maximum(inside, frame)[[0, 1, 0, 1]]
    apart = 100 * np.abs(layout.frame - layout.inside) / sides
    shares = [round(share) for share in apart.tolist()]
    if any(shares):
        parts.append(f"{'part: without' if is_part else 'crop undone:'} {_crop(shares)}")
    if str(view.orientation) != "upright":
        parts.append(str(view.orientation))
    return ", ".join(parts)


def _crop(shares: list[int]) -> str:
    if len(set(shares)) == 1:
        return f"{shares[0]} % on all sides"
    largest = max(shares)
    # What is cut off little everywhere else is there to be near enough, see the algorithm.
    cut = [side for side, share in zip(_SIDES, shares, strict=True) if share == largest]
    return f"{largest} % {' and '.join(cut)}"


def _rarity(explained: Explanation) -> str:
    if explained.rarity is None:
        return ""
    if explained.rarity == explained.rarest:
        return f"; fewer than 1 in {explained.rarity:,.0f} different pictures are as near"
    return f"; about 1 in {max(explained.rarity, 1):,.0f} different pictures is as near"
