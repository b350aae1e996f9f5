"""Pictures into an index: resolve, compare with what is stored, sign, write."""

from .adding import AddResult, add_many, add_one
from .items import Item, Recorder, ResolvedItem, check_is_many
from .prepared import PreparedPicture, prepare
from .signing import Signed

__all__ = [
    "AddResult",
    "Item",
    "PreparedPicture",
    "Recorder",
    "ResolvedItem",
    "Signed",
    "add_many",
    "add_one",
    "check_is_many",
    "prepare",
]
