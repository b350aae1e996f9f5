"""Cleaning up near copies: move them elsewhere, make them hard links, put them in the trash; undo.

import imagematch_core as imagematch

found = imagematch.dedupe(files)
plan = imagematch.plan_cleanup(found, imagematch.CleanupAction.TRASH)  # changes nothing
for step in plan.steps:
    print(step.path, "is a copy of", step.keeper)
result = imagematch.apply_cleanup(plan)
imagematch.undo_cleanup(result.log)
"""

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
