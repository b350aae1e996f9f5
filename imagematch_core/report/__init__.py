"""Near copies as a page to look at. Complete in itself: one HTML file that loads nothing."""

from .writing import write_report, write_search_report

__all__ = ["write_report", "write_search_report"]
