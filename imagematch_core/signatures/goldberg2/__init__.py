"""The algorithm goldberg-2: the idea of image-match, with better recall and fewer candidates."""

from .algorithm import Goldberg2, Goldberg2Large

__all__ = ["Goldberg2", "Goldberg2Large"]
