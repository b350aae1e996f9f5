"""Index real pictures, search with altered copies of them, and show what was found.

Run it with `make demo`. Everything it makes goes into the folder `demo/`.
"""

import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from PIL import Image, ImageDraw, ImageEnhance, ImageFont, ImageOps

import imagematch_core as imagematch

DEMO = Path("demo")
SAMPLES = {
    "skimage": [
        "data/astronaut.png",
        "data/camera.png",
        "data/chelsea.png",
        "data/coffee.png",
        "data/hubble_deep_field.jpg",
        "data/motorcycle_left.png",
        "data/rocket.jpg",
    ],
    "sklearn": ["datasets/images/china.jpg", "datasets/images/flower.jpg"],
}
"""Pictures that come in the wheels of scikit-image and scikit-learn."""

Alteration = Callable[[Image.Image], Image.Image]

ALTERATIONS: dict[str, Alteration] = {
    "astronaut small, cut off on the left": lambda im: im.crop((im.width // 6, 0, *im.size)).resize(
        (im.width // 3, im.height * 2 // 5)
    ),
    "camera darker, in a frame": lambda im: ImageOps.expand(
        ImageEnhance.Brightness(im).enhance(0.6), im.width // 12, "black"
    ),
    "chelsea in grey": ImageOps.grayscale,
    "coffee squashed": lambda im: im.resize((im.width * 4 // 5, im.height)),
    "hubble_deep_field blurred, low quality": lambda im: im.resize((250, 218)).resize(im.size),
    "motorcycle_left mirrored": ImageOps.mirror,
    "rocket turned": lambda im: im.transpose(Image.Transpose.ROTATE_90),
    "china with a watermark": lambda im: _watermarked(im, "© somebody else"),
    "flower in false colours": lambda im: Image.merge("RGB", im.split()[::-1]),
}


def main() -> None:
    shutil.rmtree(DEMO, ignore_errors=True)
    pictures, queries = make_pictures(DEMO)
    url = f"sqlite:///{DEMO}/demo.db"
    _run("add", str(pictures), "--url", url)
    _run("search", str(queries / "coffee squashed.jpg"), "--url", url)
    _run("search", str(queries / "rocket turned.jpg"), "--url", url, "--all-orientations")
    _run("dedupe", str(pictures), str(queries), "--no-cache", "--all-orientations")
    _say("and every altered copy, through Python:")
    shown = [(query, *_nearest(url, query)) for query in sorted(queries.iterdir())]
    sheet = DEMO / "found.png"
    _contact_sheet(shown).save(sheet)
    _say(f"Look at {sheet}: each altered copy beside what was found for it.")


def make_pictures(folder: Path) -> tuple[Path, Path]:
    """Put pictures and altered copies of them into two folders in `folder`, which are returned."""
    pictures, queries = folder / "pictures", folder / "queries"
    pictures.mkdir(parents=True)
    queries.mkdir()
    for package, names in SAMPLES.items():
        spec = find_spec(package)
        if spec is None or spec.origin is None:
            sys.exit(f"{package} is not installed; run this with: make demo")
        for name in names:
            shutil.copy(Path(spec.origin).parent / name, pictures)
    for title, alter in ALTERATIONS.items():
        (original,) = pictures.glob(f"{title.split()[0]}.*")
        with Image.open(original) as image:
            altered = alter(image.convert("RGB"))
        altered.convert("RGB").save(queries / f"{title}.jpg", quality=60)
    return pictures, queries


def _nearest(url: str, query: Path) -> tuple[Path, str]:
    with imagematch.open(url) as index:
        hits = index.search(query, all_orientations=True)
    if not hits:
        sys.exit(f"nothing found for {query}")
    found = Path(hits[0].path)
    caption = f"{hits[0].distance:.3f} {hits[0].orientation}"
    print(f"  {query.stem:<42} → {found.name:<24} {caption}")
    return found, caption


def _run(*arguments: str) -> None:
    _say("$ imagematch " + " ".join(f"'{a}'" if " " in a else a for a in arguments))
    command = [str(Path(sys.executable).with_name("imagematch")), *arguments]
    subprocess.run(command, check=True)


def _say(text: str) -> None:
    print(f"\n{text}", flush=True)


def _watermarked(image: Image.Image, text: str) -> Image.Image:
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(size=image.height // 12)
    draw.text((image.width // 8, image.height // 2), text, fill="white", font=font)
    return image


def _contact_sheet(shown: list[tuple[Path, Path, str]]) -> Image.Image:
    across, cell, gap, line = 3, (170, 128), 10, 20
    width, height = 2 * cell[0] + 3 * gap, cell[1] + 2 * line + gap
    rows = -(-len(shown) // across)
    sheet = Image.new("RGB", (across * (width + gap) + gap, rows * (height + gap) + gap), "#f4f5f8")
    draw = ImageDraw.Draw(sheet)
    font, small = ImageFont.load_default(size=14), ImageFont.load_default(size=12)
    for number, (query, found, caption) in enumerate(shown):
        left = gap + number % across * (width + gap)
        top = gap + number // across * (height + gap)
        draw.rounded_rectangle((left, top, left + width, top + height), radius=8, fill="white")
        for column, path in enumerate((query, found)):
            with Image.open(path) as image:
                fitted = ImageOps.contain(image.convert("RGB"), cell)
            x = left + gap + column * (cell[0] + gap) + (cell[0] - fitted.width) // 2
            sheet.paste(fitted, (x, top + gap + (cell[1] - fitted.height) // 2))
        below = top + cell[1] + gap + 4
        draw.text((left + gap, below), query.stem, fill="#171a21", font=font)
        draw.text((left + gap, below + line - 3), f"found {found.name}", fill="#596071", font=small)
        draw.text(
            (left + width - gap, below + line - 3), caption, fill="#4338ca", font=small, anchor="ra"
        )
    return sheet


if __name__ == "__main__":
    main()
