"""imagematch over HTTP: `create_app` for ASGI servers, `imagematch serve` for everybody else."""

from .app import create_app
from .settings import Settings, SettingsError

__all__ = ["Settings", "SettingsError", "create_app"]
