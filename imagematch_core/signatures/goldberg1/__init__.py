"""The algorithm goldberg-1: what image-match 1.x computes, to the byte."""

from .algorithm import Goldberg1
from .image_signature import ImageSignature

__all__ = ["Goldberg1", "ImageSignature"]
