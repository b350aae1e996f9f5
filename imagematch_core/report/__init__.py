"""What was found as one web page, complete in itself, that people judge by eye."""

from .content import Content, of_duplicates, of_search
from .file import ReportFile

__all__ = ["Content", "ReportFile", "of_duplicates", "of_search"]
