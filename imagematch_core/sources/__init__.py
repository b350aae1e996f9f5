"""Whatever a picture may be given as → an open picture, not decoded yet."""

from .picture import Picture
from .source import PictureLike, Source, open_picture, source_of

__all__ = ["Picture", "PictureLike", "Source", "open_picture", "source_of"]
