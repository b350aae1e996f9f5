"""Sources: all that a picture may be given as, and opening it, without decoding it yet."""

from .picture import Picture
from .source import PictureLike, Source, open_picture, source_of

__all__ = ["Picture", "PictureLike", "Source", "open_picture", "source_of"]
