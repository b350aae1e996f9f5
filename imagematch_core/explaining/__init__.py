"""Why two pictures are near, or not: as data, and drawn."""

from .explanation import ExplainedPicture, Explanation, TriedView, explain
from .file import write_explanation

__all__ = ["ExplainedPicture", "Explanation", "TriedView", "explain", "write_explanation"]
