"""Proves that an imagematch driver finds exactly what every other one finds."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .requirements import DriverConformance
    from .stage import Impossible, Stage

__all__ = ["DriverConformance", "Impossible", "Stage"]


def __getattr__(name: str) -> Any:
    # Imported when asked for, so that processes which tests start begin their work soon.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name == "DriverConformance":
        from . import requirements  # noqa: PLC0415

        return requirements.DriverConformance
    from . import stage  # noqa: PLC0415

    return getattr(stage, name)
