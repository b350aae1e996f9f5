"""Small pictures for the page, made within the limits that hold for signing."""

import os
from collections import deque
from collections.abc import Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from io import BytesIO

from PIL import features

from ..errors import PictureError
from ..signatures.goldberg2 import canvas
from ..sources import Picture, open_picture
from ..sources.limits import Limits

FORMAT = "WEBP" if features.check("webp") else "JPEG"
MEDIA_TYPE = f"image/{FORMAT.lower()}"

_SIDES = ((400, 480), (4_000, 320), (12_000, 240))
_SMALLEST = 176
_QUALITY, _METHOD = 70, 2  # of WebP; 4, its default, takes twice as long and saves 4 %
_AHEAD = 4


def side_for(count: int) -> int:
    """Return the longer side in pixels, which is smaller for more pictures so that pages open."""
    return next((side for most, side in _SIDES if count <= most), _SMALLEST)


def thumbnails(
    sources: Iterable[str], side: int, limits: Limits
) -> Generator[bytes | PictureError | None]:
    """Yield a small picture of each source, why there is none, or None without a source; in order.

    Args:
        sources: paths and URLs; '' is no source.
    """
    workers = os.cpu_count() or 1  # Pillow decodes without the interpreter's lock
    ahead: deque[Future[bytes | PictureError | None]] = deque()
    pool = ThreadPoolExecutor(workers)
    try:
        for source in sources:
            ahead.append(pool.submit(_one, source, side, limits))
            if len(ahead) >= _AHEAD * workers:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _one(source: str, side: int, limits: Limits) -> bytes | PictureError | None:
    if not source:
        return None
    try:
        with open_picture(source, limits) as picture:
            return thumbnail(picture, side)
    except PictureError as err:
        return err


def thumbnail(picture: Picture, side: int) -> bytes:
    """Return an encoded picture of at most `side` × `side` pixels, turned as EXIF asks."""
    small = canvas.shown(picture, side)
    buffer = BytesIO()
    small.save(buffer, FORMAT, quality=_QUALITY, method=_METHOD)
    return buffer.getvalue()
