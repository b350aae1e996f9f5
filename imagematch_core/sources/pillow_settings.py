"""Changes of this process to Pillow, so that another process can make them too."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from PIL import Image

_MODULES = ("PIL.Image", "PIL.ImageFile")
_PLUGINS = "ImagePlugin"


@dataclass(frozen=True, slots=True)
class PillowSettings:
    """Variables of Pillow that people may set, and decoders that they have registered.

    Attributes:
        variables: by module and name, such as `LOAD_TRUNCATED_IMAGES` of `PIL.ImageFile`.
        openers: by format: its class or function, and the test of a file's first bytes.
        decoders: by name, of pixels: those that are written in Python.
    """

    variables: Mapping[str, Mapping[str, object]]
    openers: Mapping[str, tuple[Callable[..., Any], Callable[..., Any] | None]]
    decoders: Mapping[str, type]

    @classmethod
    def current(cls) -> "PillowSettings":
        """Return the settings of this process."""
        return cls(
            {
                name: {
                    key: value
                    for key, value in vars(module).items()
                    if key.isupper() and isinstance(value, bool | int | float | str | None)
                }
                for name, module in list(sys.modules.items())
                if name in _MODULES or (name.startswith("PIL.") and name.endswith(_PLUGINS))
            },
            {name: opener for name, opener in Image.OPEN.items() if _is_foreign(opener[0])},
            {name: decoder for name, decoder in Image.DECODERS.items() if _is_foreign(decoder)},
        )

    def apply(self) -> None:
        """Make them the settings of this process."""
        for name, variables in self.variables.items():
            vars(import_module(name)).update(variables)
        for name, (factory, accept) in self.openers.items():
            Image.register_open(name, factory, accept)
        Image.DECODERS.update(self.decoders)


def _is_foreign(registered: object) -> bool:
    return not str(getattr(registered, "__module__", "")).startswith("PIL.")
