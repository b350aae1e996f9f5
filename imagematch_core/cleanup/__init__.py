"""Acting on near copies: move them elsewhere, make them hard links, put them in the trash; undo.

from imagematch_core.cleanup import Action, ActionLog, apply, plan, undo
from imagematch_core.dedupe import dedupe

planned = plan(dedupe(files), Action.DELETE)    # changes nothing
for step in planned.steps:
    print(step.path, "is a copy of", step.keeper)
apply(planned, log="cleaning.jsonl")
undo("cleaning.jsonl")
"""

from .applying import Applied, apply
from .decisions import DecidedFile, Decision, Decisions, load_decisions
from .log import default_log
from .model import Action, Done, FileState, Left, Plan, Step, total_bytes
from .plan import plan, plan_decisions
from .undoing import Undone, undo

__all__ = [
    "Action",
    "Applied",
    "DecidedFile",
    "Decision",
    "Decisions",
    "Done",
    "FileState",
    "Left",
    "Plan",
    "Step",
    "Undone",
    "apply",
    "default_log",
    "load_decisions",
    "plan",
    "plan_decisions",
    "total_bytes",
    "undo",
]
