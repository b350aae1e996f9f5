"""Make the pictures of what imagematch shows that the documentation holds.

    python -m devtools.screenshots [NAME…]

Without a name it makes all of them. They are looked at, and committed, by a person.
"""

import argparse
import runpy
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import chdir
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image, ImageEnhance
from playwright.sync_api import Browser

from devtools.browser import browser
from imagematch_core import explain, write_explanation

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
WIDTHS = {"narrow": (390, 844), "medium": (820, 1_100), "wide": (1_440, 1_000)}
COLOURS = 256


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *SHOTS], metavar="NAME")
    names = parser.parse_args().names or SHOTS
    with browser() as opened:
        for name in names:
            SHOTS[name](opened)


def report(opened: Browser) -> None:
    """The page that `imagematch dedupe --html` writes, at three widths."""
    with TemporaryDirectory() as place:
        page = report_page(Path(place))
        for name, (width, height) in WIDTHS.items():
            context = opened.new_context(
                viewport={"width": width, "height": height},
                device_scale_factor=2 if name == "narrow" else 1,
                color_scheme="dark" if name == "medium" else "light",
            )
            tab = context.new_page()
            tab.goto(page.as_uri())
            # The folder of this run is nobody else's.
            tab.evaluate("document.getElementById('root').textContent = '~/Pictures/'")
            tab.wait_for_function("[...document.images].every((one) => one.complete)")
            save(tab.screenshot(), DOCS / f"report-{name}.png")
            context.close()


def explanation(_: Browser) -> None:
    """What `imagematch compare --explain` draws of a picture of the demo and a crop of it."""
    # Their names are drawn, so they are short ones.
    with TemporaryDirectory() as folder, chdir(folder):
        pictures, queries = demo_pictures(Path())
        copy = queries / "astronaut small, cut off on the left.jpg"
        explained = explain(pictures / "astronaut.png", copy)
        write_explanation(explained, DOCS / "explain.png")


def report_page(place: Path) -> Path:
    """A report on the pictures of the demo, and on more copies of them."""
    # A name that people's folders have, as the page shows it.
    folder = place / "Pictures"
    pictures, _ = demo_pictures(folder)
    more_copies(pictures, folder / "shared")
    page = place / "report.html"
    command = [str(Path(sys.executable).with_name("imagematch")), "dedupe", str(folder)]
    options = ["--no-cache", "--all-orientations", "--html", str(page)]
    subprocess.run([*command, *options], check=True, stdout=subprocess.DEVNULL)
    return page


def demo_pictures(folder: Path) -> tuple[Path, Path]:
    """The folders of the demo's pictures, and of altered copies."""
    demo = runpy.run_path(str(ROOT / "examples" / "demo.py"))
    found: tuple[Path, Path] = demo["make_pictures"](folder)
    return found


def more_copies(pictures: Path, folder: Path) -> None:
    """Exact copies, smaller ones, and ones of other formats."""
    folder.mkdir()
    for name in ("coffee.png", "astronaut.png", "rocket.jpg", "flower.jpg"):
        shutil.copy(pictures / name, folder / name)
    for name in ("coffee.png", "astronaut.png", "china.jpg", "chelsea.png"):
        with Image.open(pictures / name) as image:
            seen = image.convert("RGB")
        stem = Path(name).stem
        seen.resize((seen.width // 2, seen.height // 2)).save(folder / f"{stem} small.webp")
        ImageEnhance.Color(seen).enhance(1.6).save(folder / f"{stem} vivid.jpg", quality=80)


def save(screenshot: bytes, path: Path) -> None:
    """Keep a screenshot, with a palette that makes it a fraction as large."""
    with Image.open(BytesIO(screenshot)) as image:
        few = image.convert("RGB").quantize(COLOURS, kmeans=2)
    few.save(path, optimize=True)
    print(f"{path}: {path.stat().st_size // 1_000} kB")


SHOTS: dict[str, Callable[[Browser], None]] = {"report": report, "explain": explanation}
"""Name → what makes it."""

if __name__ == "__main__":
    main()
