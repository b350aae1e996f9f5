"""Pictures into an index: resolve, compare with what is stored, sign, write."""

from .adding import AddReport, Progress, add_many, add_one
from .items import Item, Task
from .recording import Recorder, copied, indexed, rewritten
from .signing import Signed

__all__ = [
    "AddReport",
    "Item",
    "Progress",
    "Recorder",
    "Signed",
    "Task",
    "add_many",
    "add_one",
    "copied",
    "indexed",
    "rewritten",
]
