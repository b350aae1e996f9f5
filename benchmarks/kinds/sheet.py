"""A contact sheet of all kinds: what was drawn, to be looked at.

python -m benchmarks.kinds.sheet FILE.png [--half judging|tuning] [--group GROUP]
"""

import argparse
import io
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, ImageOps

from . import HALVES, Kind, every

CELL = 190
LABEL = 34


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--half", choices=HALVES, default="judging")
    parser.add_argument("--group", help="only kinds of this group")
    options = parser.parse_args()
    kinds = [kind for kind in every(HALVES[options.half], 4) if options.group in (None, kind.group)]
    _sheet(kinds).save(options.file)


def _sheet(kinds: list[Kind], columns: int = 9) -> Image.Image:
    """An original and two copies of each kind, of different pictures."""
    across = columns // 3
    rows = -(-len(kinds) // across)
    sheet = Image.new("RGB", (columns * CELL, rows * (CELL + LABEL)), "#c8ccd0")
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(14)
    for number, kind in enumerate(kinds):
        left, top = number % across * 3 * CELL, number // across * (CELL + LABEL)
        draw.text((left + 6, top + 8), f"{kind.group}: {kind.name}", "black", font)
        first, last = kind.series[0], kind.series[-1]
        for at, file in enumerate((first.originals[0], first.copies[0], last.copies[1])):
            with Image.open(io.BytesIO(file)) as image:
                shown = ImageOps.contain(image.convert("RGB"), (CELL - 8, CELL - 8))
            place = (
                left + at * CELL + (CELL - shown.width) // 2,
                top + LABEL + (CELL - shown.height) // 2,
            )
            sheet.paste(shown, place)
    return sheet


if __name__ == "__main__":
    main()
