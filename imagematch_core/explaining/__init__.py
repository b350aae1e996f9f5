"""Why two pictures are near, or not: as data, and drawn."""

from .explanation import Explanation, Side, Tried, explain
from .file import ExplanationFile

__all__ = ["Explanation", "ExplanationFile", "Side", "Tried", "explain"]
