"""Cleaning up near copies: moving them, hard links in their place, the trash; and undoing it."""

from ..deduping.not_copies import DecidedFile
from .applying import CleanupResult, apply_cleanup
from .decisions import Decision, Decisions, load_decisions
from .log import CleanupLog, cleanup_logs
from .model import CleanupAction, CleanupPlan, CleanupStep, DoneStep, FileState, LeftAlone
from .plan import plan_cleanup, plan_decisions
from .undoing import UndoResult, undo_cleanup

__all__ = [
    "CleanupAction",
    "CleanupLog",
    "CleanupPlan",
    "CleanupResult",
    "CleanupStep",
    "DecidedFile",
    "Decision",
    "Decisions",
    "DoneStep",
    "FileState",
    "LeftAlone",
    "UndoResult",
    "apply_cleanup",
    "cleanup_logs",
    "load_decisions",
    "plan_cleanup",
    "plan_decisions",
    "undo_cleanup",
]
