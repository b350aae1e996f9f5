"""Where the content of a picture lies: without the flat ground around it, and inside of a page.

Bars, frames and the white around a drawing are no content: two pictures in the same frame have
only that in common.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from . import aslant, blurred, borders, captions, pages
from .canvas import Canvas
from .ground import differ, is_on_ground, strict
from .window import Window, everything


class Part(NamedTuple):
    """A window of a canvas.

    Attributes:
        box: where it lies; of a picture that was turned, before that.
        pixels: what it shows: a picture that was turned, turned back.
        is_page: whether it is a page with a picture inside.
    """

    box: Window
    pixels: Canvas
    is_page: bool = False


def content(canvas: Canvas) -> list[Part]:
    """Return the windows of content: without the ground around, and any picture inside.

    A picture inside that is a page as well, such as a window on a desktop, is looked into again.
    """
    outer, picture = framed(canvas)
    if picture is None:
        return _without_caption(_with_core(outer))
    page = outer._replace(is_page=True)
    _, inside = framed(picture.pixels)
    if inside is None:
        return [page, *_with_core(picture)]
    inside = inside._replace(box=inside.box.within(picture.box))
    return [page, picture, *_with_core(inside)]


def framed(canvas: Canvas) -> tuple[Part, Part | None]:
    """Return a canvas without the flat ground around it, and the picture inside, if it is a page.

    Pages are screens, posts and all else around a picture that is no flat ground: blurred bars,
    frames, the corners around a picture that was turned.
    """
    whole = everything(canvas)
    outer = strict(canvas)
    page = _part(canvas, outer)
    around = outer if is_on_ground(outer, canvas) else whole
    between = blurred.between(around.of(canvas)).within(around)
    if between != around and not pages.is_print(between.of(canvas)):
        return _part(canvas, around), _part(canvas, between)
    turned = aslant.outline(page.pixels)
    if turned is not None:
        pixels = aslant.turned_back(page.pixels, turned)
        return page, Part(_middle(page.pixels, pixels).within(outer), pixels)
    inner = next((box for box in _of_both(pages.busy, page, canvas) if _fits(outer, box)), whole)
    on_gradient = pages.on_gradient(canvas)
    if on_gradient.area < inner.area:
        return _part(canvas, whole), _part(canvas, on_gradient)
    if inner != whole:
        return page, _part(canvas, inner)
    # With the ground around it a strip with a caption is told better, without it a page.
    for inner in _of_both(borders.inside, page, canvas):
        if _fits(outer, inner) and not pages.is_print(inner.of(canvas)):
            return page, _part(canvas, inner)
    return page, None


def _of_both(find: Callable[[Canvas], Window], page: Part, canvas: Canvas) -> Iterator[Window]:
    """Look without and with the ground around.

    With it, a line of that may belong to a picture whose edge is mixed with it. Not so to the axes
    of a chart.
    """
    yield find(page.pixels).within(page.box)
    if page.box != everything(canvas):
        found = find(canvas)
        clipped = found.clipped(page.box)
        yield found if pages.has_few_colours(clipped.of(canvas)) else clipped


def _part(canvas: Canvas, box: Window) -> Part:
    return Part(box, box.of(canvas))


def _with_core(picture: Part) -> list[Part]:
    """Return a picture, and it without flat ground of its own, such as a sky."""
    box = strict(picture.pixels)
    if box == everything(picture.pixels):
        return [picture]
    return [picture, Part(box.within(picture.box), box.of(picture.pixels))]


def _without_caption(parts: list[Part]) -> list[Part]:
    """Return parts of a canvas, and the last without a line of text above or below."""
    drawing = parts[-1]
    box = captions.without(drawing.pixels)
    if box == everything(drawing.pixels) or pages.is_striped(box.of(drawing.pixels)):
        return parts  # the number under a bar code tells it from others
    return [*parts, Part(box.within(drawing.box), box.of(drawing.pixels))]


def _middle(canvas: Canvas, part: Canvas) -> Window:
    """Return a window as large as a part, in the middle of a canvas."""
    (height, width), (of_part, across) = canvas.shape, part.shape
    left, top = (width - across) // 2, (height - of_part) // 2
    return Window(left, top, left + across, top + of_part)


def _fits(outer: Window, inner: Window) -> bool:
    """Return whether one window lies inside of another, and is not the same."""
    return (
        outer.left <= inner.left < inner.right <= outer.right
        and outer.top <= inner.top < inner.bottom <= outer.bottom
        and differ(inner, outer)
    )


def is_mostly(box: Window, canvas: Canvas) -> bool:
    """Return whether a window holds so much of a canvas that the whole of it is no mere ground."""
    return 10 * box.area >= 6 * canvas.size or not is_on_ground(box, canvas)
