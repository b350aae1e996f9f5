"""Draw docs/cutoff.svg and docs/how-it-works.svg. All that they show is computed here.

python -m devtools.site.drawings
"""

import io
from base64 import b64encode
from collections.abc import Callable, Iterable
from importlib.util import find_spec
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageEnhance, ImageOps

import imagematch_core as imagematch
from imagematch_core import compare
from imagematch_core.signatures import get_algorithm
from imagematch_core.signatures.goldberg2.blocks import GRID, whole
from imagematch_core.signatures.goldberg2.canvas import read
from imagematch_core.signatures.goldberg2.entries import LARGEST, NEIGHBOURS, entries
from imagematch_core.sources import open_picture

from . import ROOT

DOCS = ROOT / "docs"
PICTURES = {
    "skimage": ["chelsea.png", "astronaut.png", "coffee.png", "rocket.jpg", "motorcycle_left.png"],
    "sklearn": ["china.jpg", "flower.jpg"],
}
FOLDERS = {"skimage": "data", "sklearn": "datasets/images"}
CENTRES = 0.15 + 0.07 * np.arange(1, GRID + 1)
BLOCK = 0.125

STYLE = """
text {
  font: 13px system-ui, -apple-system, "Segoe UI", "Liberation Sans", sans-serif;
  fill: #171a21;
}
.title { font-weight: 600; font-size: 15px; fill: #4338ca }
.small { font-size: 11.5px; fill: #596071 }
.mono { font: 11px ui-monospace, "SFMono-Regular", "Liberation Mono", monospace; fill: #596071 }
.number { font-weight: 600 }
.near { fill: #4338ca } .far { fill: #b0532a }
.card { fill: #fff } .line { stroke: #90a4ae; fill: none }
.zone { fill: #e4e2fa } .beyond { fill: #fbe9e7 }
@media (prefers-color-scheme: dark) {
  text { fill: #eceef3 }
  .title { fill: #a5a0ff } .small, .mono { fill: #a2a9ba }
  .near { fill: #a5a0ff } .far { fill: #ff8a65 }
  .card { fill: #181b22 } .zone { fill: #26244d } .beyond { fill: #3b2a26 }
}
"""

Alteration = Callable[[Image.Image], Image.Image]


def main() -> None:
    pictures = dict(_pictures())
    (DOCS / "cutoff.svg").write_text(_cutoff(pictures), "utf-8")
    (DOCS / "how-it-works.svg").write_text(_how_it_works(pictures), "utf-8")


def _pictures() -> Iterable[tuple[str, Image.Image]]:
    """Yield those that come in the wheels of scikit-image and scikit-learn."""
    for package, names in PICTURES.items():
        spec = find_spec(package)
        if spec is None or spec.origin is None:
            raise ModuleNotFoundError(f"{package} is not installed: pip install --group demo")
        for name in names:
            with Image.open(Path(spec.origin).parent / FOLDERS[package] / name) as image:
                yield name.partition(".")[0].partition("_")[0], image.convert("RGB")


# How near is near


COPIES: dict[str, Alteration] = {
    "JPEG quality 5": lambda im: _as_jpeg(im, 5),
    "more contrast": lambda im: ImageEnhance.Contrast(im).enhance(2.2),
    "15 % off the left": lambda im: _cut(im, 0.15),
    "turned by 5°": lambda im: _turned(im, 5),
    "20 % off the left": lambda im: _cut(im, 0.20),
    "turned by 10°": lambda im: _turned(im, 10),
    "45 % off the left": lambda im: _cut(im, 0.45),
}
OTHERS = ["astronaut", "flower", "china", "coffee"]


def _cutoff(pictures: dict[str, Image.Image]) -> str:
    original = pictures["chelsea"]
    cutoff = get_algorithm(None).default_cutoff
    width, left, scale, axis, cell = 960, 36, 1260, 240, 127

    def x(distance: float) -> float:
        return left + distance * scale

    body = [
        _rect(x(0), axis - 11, cutoff * scale, 22, "zone"),
        _rect(x(cutoff), axis - 11, width - left - x(cutoff), 22, "beyond"),
        f'<path class="line" stroke-dasharray="4 4" d="M{x(cutoff):.1f} {axis - 24} v90"/>',
        _text(x(cutoff) - 8, axis + 34, "found", "number near", "end"),
        _text(x(cutoff) + 8, axis + 34, "not found", "number far"),
        _text(x(cutoff) - 8, axis + 60, f"the cutoff, {cutoff}", "small", "end"),
        _text(left, 28, "Copies of a picture, and how far each is from it", "title"),
    ]
    body += [
        _text(x(tenth / 10), axis + 4, f"{tenth / 10:.1f}", "small", "middle")
        for tenth in range(1, 8)
    ]
    for column, (title, alter) in enumerate(COPIES.items()):
        copy = alter(original)
        distance = compare(copy, original).distance
        place = left + column * cell
        body += _thumb(place, 42, cell - 10, 92, copy)
        body.append(_text(place, 152, title, "small"))
        body.append(_text(place, 170, f"{distance:.2f}", _style(distance < cutoff)))
        body.append(_leader(place + 12, 178, x(distance), axis - 11))
    row = 346
    body += _thumb(left, row, 190, 124, original)
    body.append(_text(left, row - 12, "The picture", "title"))
    start = left + 3 * cell
    body.append(_text(start, row + 126, "Other pictures", "title"))
    for column, name in enumerate(OTHERS):
        distance = compare(pictures[name], original).distance
        place = start + column * cell
        body += _thumb(place, row, cell - 10, 80, pictures[name])
        body.append(_text(place, row + 100, f"{distance:.2f}", _style(distance < cutoff)))
        body.append(_leader(place + 12, row - 6, x(distance), axis + 11))
    return _svg(width, row + 146, body)


def _style(near: bool) -> str:
    return f"number {'near' if near else 'far'}"


def _as_jpeg(image: Image.Image, quality: int) -> Image.Image:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return Image.open(buffer).convert("RGB")


def _cut(image: Image.Image, share: float) -> Image.Image:
    return image.crop((round(image.width * share), 0, *image.size))


def _turned(image: Image.Image, degrees: float) -> Image.Image:
    return image.rotate(degrees, Image.Resampling.BICUBIC, fillcolor="white")


# From a picture to its copies


IN_THE_INDEX: dict[str, Alteration] = {
    "turned by 5°": lambda im: _turned(im, 5),
    "turned by 8°": lambda im: _turned(im, 8),
    "cut more": lambda im: _cut(im, 0.22),
}


def _how_it_works(pictures: dict[str, Image.Image]) -> str:
    stored = pictures["chelsea"]
    with open_picture(stored) as picture:
        canvas = read(picture)[0]
    means = whole(canvas)
    algorithm = get_algorithm(None)
    words = algorithm.stored_words([means.tobytes()])[0]
    query = ImageEnhance.Brightness(_cut(stored, 0.15)).enhance(1.25)
    with open_picture(query) as picture:
        views = algorithm.views(algorithm.canvas(picture), [imagematch.Orientation()], 1)
    asked = len(algorithm.query_words(views[:1])[0])
    kept = pictures | {title: alter(stored) for title, alter in IN_THE_INDEX.items()}
    with imagematch.open("memory://") as index:
        for name, image in kept.items():
            index.add(image, id=name)
        hits = index.search(query, cutoff=1)
    side, gap, top = 164, 30, 70

    def x(column: int) -> int:
        return 20 + column * (side + gap)

    body = [_text(20, 34, "Adding a picture", "title")]
    titles = [
        ("the picture", "any size, any format"),
        ("1 · canvas", "grey, 256 pixels at most"),
        ("2 · 81 means", "the signature: 81 bytes"),
        ("3 · 272 differences", "between neighbours"),
        (f"4 · {len(words)} words", "of 20 bits, to find it by"),
    ]
    for column, (title, below) in enumerate(titles):
        body.append(_text(x(column), top - 10, title, "number"))
        body.append(_text(x(column), top + side + 18, below, "small"))
        if column:
            body.append(_arrow(x(column) - gap + 5, top + side // 2, x(column) - 6))
    body += _thumb(x(0), top, side, side, stored, fill=True)
    grey = Image.fromarray(canvas)
    body += _thumb(x(1), top, side, side, grey, fill=True)
    body += _blocks(x(1), top, side)
    body += _means(x(2), top, side, means)
    body += _differences(x(3), top, side, means)
    for number, word in enumerate(words):
        body.append(
            _text(
                x(4) + number // 8 * 82,
                top + 14 + number % 8 * 20.5,
                f"{word & 0xFFFFFFFF:08x}",
                "mono",
            )
        )
    lower = top + side + 116
    body.append(_text(20, lower - 36, "Searching with a copy of it", "title"))
    body.append(_text(x(0), lower - 10, "the query", "number"))
    body += _thumb(x(0), lower, side, side, query, fill=True)
    body.append(_text(x(0), lower + side + 18, "brighter, 15 % cut off", "small"))
    body.append(
        _text(x(3), lower + side + 18, "the smallest distance of all views counts", "small")
    )
    body.append(_arrow(x(1) - gap + 5, lower + side // 2, x(1) - 6))
    body.append(_text(x(1), lower - 10, f"5 · {len(views)} views of it", "number"))
    body += _views(x(1), lower, side, [view.name for view in views])
    body.append(_text(x(1), lower + side + 18, f"{asked} words each", "small"))
    body.append(_arrow(x(2) - gap + 5, lower + side // 2, x(2) - 6))
    body.append(_text(x(2), lower - 10, "6 · the database", "number"))
    body += _database(x(2), lower, side)
    body.append(_text(x(2), lower + side + 18, "all that a driver does", "small"))
    body.append(_arrow(x(3) - gap + 5, lower + side // 2, x(3) - 6))
    body.append(_text(x(3), lower - 10, "7 · candidates, measured", "number"))
    body += _candidates(x(3), lower, kept, hits, algorithm.default_cutoff)
    return _svg(980, lower + side + 36, body)


def _blocks(left: float, top: float, side: float) -> list[str]:
    """Return every block's middle; every fourth as a block, since they overlap."""
    body = []
    for i, down in enumerate(CENTRES):
        for j, across in enumerate(CENTRES):
            x, y = left + across * side, top + down * side
            body.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="1.6" fill="#ffca28"/>')
            if i % 4 == 0 and j % 4 == 0:
                size = BLOCK * side
                body.append(
                    f'<rect x="{x - size / 2:.1f}" y="{y - size / 2:.1f}" width="{size:.1f}" '
                    f'height="{size:.1f}" fill="none" stroke="#ffca28"/>'
                )
    return body


def _means(left: float, top: float, side: float, means: NDArray[np.uint8]) -> list[str]:
    cell = side / GRID
    return [
        f'<rect x="{left + number % GRID * cell:.1f}" y="{top + number // GRID * cell:.1f}" '
        f'width="{cell + 0.3:.1f}" height="{cell + 0.3:.1f}" fill="#{3 * f"{level:02x}"}"/>'
        for number, level in enumerate(means.tolist())
    ]


def _differences(left: float, top: float, side: float, means: NDArray[np.uint8]) -> list[str]:
    """Return a line from block to block: orange where the second is brighter, blue where darker."""
    cell = side / GRID
    body = []
    found = (entries(means) / LARGEST).tolist()
    pairs = zip(NEIGHBOURS.first.tolist(), NEIGHBOURS.second.tolist(), found, strict=True)
    for first, second, value in pairs:
        x1, y1, x2, y2 = (
            place + (number + 0.5) * cell
            for block in (first, second)
            for place, number in ((left, block % GRID), (top, block // GRID))
        )
        colour = "#ef6c00" if value > 0 else "#1e88e5"
        body.append(
            f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" stroke="{colour}" stroke-width="3" '
            f'stroke-opacity="{max(abs(value), 0.04):.2f}"/>'
        )
    return body


def _views(left: float, top: float, side: float, names: list[str]) -> list[str]:
    """Return each view as what it takes for the whole picture, dashed, and the query within it."""
    width, height = side / 2 - 8, side / 3 - 8
    body = []
    for number, name in enumerate(names):
        x, y = left + number % 2 * (width + 16), top + number // 2 * (height + 12)
        cuts = name.partition("undone ")[2] or "0-0-0-0"
        off_left, off_right, off_top, off_bottom = (int(cut) / 100 for cut in cuts.split("-"))
        body.append(
            f'<rect class="line" stroke-dasharray="3 3" x="{x:.1f}" y="{y:.1f}" '
            f'width="{width:.1f}" height="{height:.1f}"/>'
        )
        body.append(
            f'<rect x="{x + off_left * width:.1f}" y="{y + off_top * height:.1f}" '
            f'width="{width * (1 - off_left - off_right):.1f}" '
            f'height="{height * (1 - off_top - off_bottom):.1f}" '
            'fill="#6d64f0" fill-opacity=".25" stroke="#6d64f0"/>'
        )
    return body


def _database(left: float, top: float, side: float) -> list[str]:
    across, cap = side / 2, 16
    middle, bottom = left + across, top + side - cap
    body = [
        f'<path class="line" stroke-width="1.5" d="M{left} {top + cap} V{bottom} '
        f"A{across} {cap} 0 0 0 {left + side} {bottom} V{top + cap} "
        f"A{across} {cap} 0 0 0 {left} {top + cap} "
        f'A{across} {cap} 0 0 0 {left + side} {top + cap}"/>'
    ]
    for line, text in enumerate(
        ("Which pictures", "share most words", "with one of", "these views?")
    ):
        body.append(_text(middle, top + 66 + line * 19, text, "", "middle"))
    return body


def _candidates(
    left: float,
    top: float,
    pictures: dict[str, Image.Image],
    hits: imagematch.Hits,
    cutoff: float,
) -> list[str]:
    body = []
    for number, hit in enumerate(hits):
        y = top + number * 42
        near = hit.distance < cutoff
        body += _thumb(left, y, 50, 36, pictures[hit.id])
        shared = f"{hit.score} word{'s' if hit.score != 1 else ''} shared"
        body.append(_text(left + 62, y + 23, shared, "small"))
        verdict = "a hit" if near else f"over {cutoff}"
        body.append(_text(left + 168, y + 23, f"{hit.distance:.3f}", "number"))
        body.append(_text(left + 222, y + 23, verdict, "near number" if near else "far"))
    return body


# SVG


def _svg(width: int, height: float, body: Iterable[str]) -> str:
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height:.0f}" '
            f'width="{width}" height="{height:.0f}">',
            f"<style>{STYLE}</style>",
            f'<rect class="card" width="{width}" height="{height:.0f}" rx="10"/>',
            *body,
            "</svg>\n",
        ]
    )


def _text(x: float, y: float, text: str, style: str = "", anchor: str = "start") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" class="{style}" '
        f'text-anchor="{anchor}">{escape(text)}</text>'
    )


def _rect(x: float, y: float, width: float, height: float, style: str) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" class="{style}"/>'
    )


def _leader(x1: float, y1: float, x2: float, y2: float) -> str:
    return (
        f'<path class="line" d="M{x1:.1f} {y1:.1f} L{x2:.1f} {y2:.1f}"/>'
        f'<circle cx="{x2:.1f}" cy="{y2:.1f}" r="3.5" fill="#4f46e5"/>'
    )


def _arrow(x1: float, y: float, x2: float) -> str:
    return f'<path class="line" stroke-width="1.5" d="M{x1} {y} H{x2} m-6 -5 l6 5 l-6 5"/>'


def _thumb(
    x: float, y: float, width: int, height: int, image: Image.Image, fill: bool = False
) -> list[str]:
    """Return a picture inside a box, at twice the pixels for sharp screens; `fill` stretches it."""
    twice = (2 * width, 2 * height)
    shown = image.resize(twice) if fill else ImageOps.contain(image, twice)
    buffer = io.BytesIO()
    shown.convert("RGB").save(buffer, "JPEG", quality=80, optimize=True)
    data = b64encode(buffer.getvalue()).decode()
    return [
        f'<image x="{x:.1f}" y="{y:.1f}" width="{shown.width / 2}" height="{shown.height / 2}" '
        f'href="data:image/jpeg;base64,{data}"/>'
    ]


if __name__ == "__main__":
    main()
