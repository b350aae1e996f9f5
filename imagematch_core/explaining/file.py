"""The PNG file of an explanation."""

import os
from pathlib import Path

from PIL import PngImagePlugin

from ..errors import ArgumentError, ExplanationError
from ..sources.naming import named
from ..writing import OwnFile
from .explanation import Explanation

_KEY, _MARK = "Software", "imagematch: why two pictures are near"
"""The text by which a PNG file is known to be an explanation."""


def write_explanation(explanation: Explanation, path: str | os.PathLike[str]) -> None:
    """Draw an explanation, and write it as a PNG file.

    Args:
        explanation: from `explain`.
        path: a new file that ends in `.png`, or an earlier explanation, which is replaced.

    Raises:
        ArgumentError: the name ends in something else.
        ExplanationError: the file is something else, or can't be written.
    """
    ExplanationFile(path).write(explanation)


class ExplanationFile(OwnFile):
    """The file that an explanation is written to; see `write_explanation`."""

    kind = "explanation"
    error_type = ExplanationError

    def __init__(self, path: str | os.PathLike[str]) -> None:
        if not os.fsdecode(path).lower().endswith(".png"):
            raise ArgumentError(
                f"{named(os.fspath(path))}: an explanation is a PNG picture; "
                "name a file that ends in .png"
            )
        super().__init__(path)

    @staticmethod
    def is_one(path: Path) -> bool:
        try:
            with open(path, "rb") as file, PngImagePlugin.PngImageFile(file) as image:
                return image.info.get(_KEY) == _MARK
        except (OSError, SyntaxError, ValueError):  # as Pillow has it of what is no PNG
            return False

    def write(self, explanation: Explanation) -> None:
        """Draw an explanation, and write it once it is complete."""
        from .drawing import draw  # noqa: PLC0415 - not needed to check a path

        image, text = draw(explanation), PngImagePlugin.PngInfo()
        text.add_text(_KEY, _MARK)
        with self.replaced() as file:
            image.save(file, "PNG", pnginfo=text, optimize=True)
