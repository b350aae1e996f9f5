"""Make the pictures of what imagematch shows that the documentation holds.

    python -m devtools.screenshots [NAME…]

Without a name it makes all of them. They are looked at, and committed, by a person.
"""

import argparse
import runpy
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import chdir
from io import BytesIO
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import numpy as np
from PIL import Image, ImageEnhance, ImageOps
from playwright.sync_api import Browser, BrowserContext

import imagematch_core as imagematch
from devtools.browser import browser
from devtools.site import build
from imagematch_core import explain, write_explanation
from imagematch_core.signatures.goldberg2.blocks import GRID
from imagematch_core.signatures.goldberg2.detail import load

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
WIDTHS = {"narrow": (390, 844), "medium": (820, 1_100), "wide": (1_440, 1_000)}
COLOURS = 256
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
HOME = (1_120, 800)
SITE_PAGES = {"home": "index.html", "how-to": "metadata.html", "reference": "json.html"}
SITE_WIDTHS = {1_400: 900, 800: 1_000, 400: 860}
PAIR = (480, 200)
"""Pixels of two pictures side by side."""
PAIRS = {
    "cut-off": ("astronaut.png", "astronaut small, cut off on the left.jpg"),
    "framed": ("camera.png", "camera darker, in a frame.jpg"),
    "watermark": ("china.jpg", "china with a watermark.jpg"),
    "squashed": ("coffee.png", "coffee squashed.jpg"),
    "false-colours": ("flower.jpg", "flower in false colours.jpg"),
    "mirrored": ("motorcycle_left.png", "motorcycle_left mirrored.jpg"),
}
"""Name → a picture of the demo, and the copy that finds it."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *SHOTS], metavar="NAME")
    names = parser.parse_args().names or SHOTS
    with browser() as opened:
        for name in names:
            SHOTS[name](opened)


def report(opened: Browser) -> None:
    """The page that `imagematch dedupe --html` writes."""
    with TemporaryDirectory() as place:
        page = report_page(Path(place))
        for path, context in chain(shown(opened, "report"), everywhere(opened, "report")):
            save(shot_of_report(context, page), path)


def home(opened: Browser) -> None:
    """The top of the same page, in both schemes: what README and the site begin with."""
    with TemporaryDirectory() as place:
        page = report_page(Path(place))
        for scheme in SCHEMES:
            context = opened.new_context(
                viewport={"width": HOME[0], "height": HOME[1]}, color_scheme=scheme
            )
            save(shot_of_report(context, page), DOCS / f"home-{scheme}.png")


def pairs(_: Browser) -> None:
    """Copies of the demo, each beside the picture that it finds, for the start page."""
    with TemporaryDirectory() as folder:
        pictures, queries = demo_pictures(Path(folder))
        for name, (picture, query) in PAIRS.items():
            both = Image.new("RGBA", PAIR)
            half = (PAIR[0] // 2 - 6, PAIR[1])
            for place, path in ((0, queries / query), (PAIR[0] // 2 + 6, pictures / picture)):
                with Image.open(path) as image:
                    fitted = ImageOps.contain(image.convert("RGB"), half)
                left = place + (half[0] - fitted.width) // 2
                both.paste(fitted, (left, (half[1] - fitted.height) // 2))
            path = DOCS / "pairs" / f"{name}.webp"
            path.parent.mkdir(exist_ok=True)
            both.save(path, quality=78, method=6)
            print(f"{path}: {path.stat().st_size // 1_000} kB")


def signature(_: Browser) -> None:
    """What can be seen of a picture in its signature, for the page on privacy."""
    side, gap = 300, 16
    with TemporaryDirectory() as folder:
        pictures, _queries = demo_pictures(Path(folder))
        path = pictures / "astronaut.png"
        signed = imagematch.signature(path)
        with Image.open(path) as image:
            seen = image.convert("RGB")
    fine = load([signed.detail])[0].fine[0]
    coarse = np.frombuffer(signed.data[: GRID * GRID], np.uint8).reshape(GRID, GRID)
    panels = [
        seen.resize((side, side)),
        Image.fromarray(fine).resize((side, side), Image.Resampling.BICUBIC),
        Image.fromarray(fine).resize((side, side), Image.Resampling.NEAREST),
        Image.fromarray(coarse).resize((side, side), Image.Resampling.NEAREST),
    ]
    drawn = Image.new("RGBA", (len(panels) * (side + gap) - gap, side))
    for number, panel in enumerate(panels):
        drawn.paste(panel.convert("RGB"), (number * (side + gap), 0))
    path = DOCS / "signature.webp"
    drawn.save(path, quality=80, method=6)
    print(f"{path}: {path.stat().st_size // 1_000} kB")


def site(opened: Browser) -> None:
    """Pages of the documentation."""
    with TemporaryDirectory() as place:
        folder = build(Path(place)).parent
        for name, page in SITE_PAGES.items():
            for path, context in everywhere(opened, name):
                tab = context.new_page()
                tab.goto((folder / page).as_uri())
                tab.wait_for_function("[...document.images].every((one) => one.complete)")
                save(tab.screenshot(), path)
                context.close()


def explanation(_: Browser) -> None:
    """What `imagematch compare --explain` draws of a picture of the demo and a crop of it."""
    # Their names are drawn, so they are short ones.
    with TemporaryDirectory() as folder, chdir(folder):
        pictures, queries = demo_pictures(Path())
        copy = queries / "astronaut small, cut off on the left.jpg"
        explained = explain(pictures / "astronaut.png", copy)
        write_explanation(explained, DOCS / "explain.png")


def service(opened: Browser) -> None:
    """The page of imagematch-server."""
    with TemporaryDirectory() as place, chdir(place):
        folder = Path(place) / "Pictures"
        pictures, _ = demo_pictures(folder)
        more_copies(pictures, folder / "shared")
        url = f"sqlite:///{place}/photos.db"
        with imagematch.open(url) as index:
            for number, path in enumerate(sorted(folder.rglob("*.*"))):
                index.add(path, path=str(path), metadata={"album": 2020 + number % 6})
        program = Path(sys.executable).with_name("imagematch")
        command = [str(program), "serve", "--url", url, "--port", "0", "--serve-files", str(folder)]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            try:
                assert process.stderr
                line = next(one for one in process.stderr if " running on " in one)
                address = line.split(" running on ")[1].split()[0]
                for path, context in chain(shown(opened, "service"), everywhere(opened, "service")):
                    tab = context.new_page()
                    tab.goto(address)
                    tab.locator("#file").set_input_files(pictures / "coffee.png")
                    tab.wait_for_selector("#results > li")
                    tab.wait_for_function(
                        "[...document.images].every((one) => one.complete || one.hidden)"
                    )
                    # The folder of this run is nobody else's.
                    tab.evaluate(
                        "(place) => document.querySelectorAll('.path').forEach((one) => {"
                        " one.textContent = one.textContent.replace(place, '/srv'); })",
                        place,
                    )
                    save(tab.screenshot(), path)
                    context.close()
            finally:
                process.terminate()


def shown(opened: Browser, name: str) -> Iterator[tuple[Path, BrowserContext]]:
    """Yield the files that pages show, and a window for each: phone, dark tablet, desk."""
    for size, (width, height) in WIDTHS.items():
        yield (
            DOCS / f"{name}-{size}.png",
            opened.new_context(
                viewport={"width": width, "height": height},
                device_scale_factor=2 if size == "narrow" else 1,
                color_scheme="dark" if size == "medium" else "light",
                bypass_csp=True,  # the service's page forbids what waits for its pictures
            ),
        )


def everywhere(opened: Browser, name: str) -> Iterator[tuple[Path, BrowserContext]]:
    """Yield a file and a window for each of three widths, light and dark, to be looked at."""
    folder = DOCS / "site"
    folder.mkdir(exist_ok=True)
    for width, height in SITE_WIDTHS.items():
        for scheme in SCHEMES:
            yield (
                folder / f"{name}-{width}-{scheme}.png",
                opened.new_context(
                    viewport={"width": width, "height": height},
                    color_scheme=scheme,
                    bypass_csp=True,
                ),
            )


def shot_of_report(context: BrowserContext, page: Path) -> bytes:
    """Return a screenshot of a report, as of a folder that is anybody's; close the context."""
    tab = context.new_page()
    tab.goto(page.as_uri())
    tab.evaluate("document.getElementById('root').textContent = '~/Pictures/'")
    tab.wait_for_function("[...document.images].every((one) => one.complete)")
    shot = tab.screenshot()
    context.close()
    return shot


def report_page(place: Path) -> Path:
    """Return a report on the pictures of the demo, and on more copies of them."""
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
    """Return the folders of the demo's pictures, and of altered copies."""
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


SHOTS: dict[str, Callable[[Browser], None]] = {
    "report": report,
    "home": home,
    "pairs": pairs,
    "explain": explanation,
    "signature": signature,
    "site": site,
    "service": service,
}
"""Name → what makes it."""

if __name__ == "__main__":
    main()
