"""Draws `docs/explain.png`: why a crop is found. Run it with `python -m devtools.explain_shot`."""

import sys
from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory

from imagematch_core.explaining import ExplanationFile, explain

EXAMPLES = Path(__file__).parent.parent / "examples"
TARGET = EXAMPLES.parent / "docs" / "explain.png"


def draw_explanation(target: Path = TARGET) -> None:
    """Compare one of the demo's pictures with its altered copy, and draw why they are near."""
    sys.path.insert(0, str(EXAMPLES))
    from demo import make_pictures

    target = target.absolute()
    # Their names are drawn, so they are short ones.
    with TemporaryDirectory() as folder, chdir(folder):
        pictures, queries = make_pictures(Path())
        copy = queries / "astronaut small, cut off on the left.jpg"
        explained = explain(pictures / "astronaut.png", copy)
        ExplanationFile(target).write(explained)


if __name__ == "__main__":
    draw_explanation()
