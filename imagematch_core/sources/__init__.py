"""Any input → a safely opened picture, not decoded yet."""

from .picture import Picture, Source, digest, open_picture, read

__all__ = ["Picture", "Source", "digest", "open_picture", "read"]
