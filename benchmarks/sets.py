"""The pictures that recall is measured on, in two halves that share no package.

Those of `TUNING` may choose the constants of an algorithm. Those of `JUDGING` only judge: what is
reported is measured on them. The split was made before any constant was chosen.

    python -m benchmarks.sets

prints how many pictures each half has.
"""

from collections.abc import Iterator
from pathlib import Path

import imagehash
import numpy as np
from PIL import Image

import imagematch_core as imagematch
from imagematch_core.signatures.goldberg1.distance import distances

from .pictures import PACKAGES, Package

_SAME_BY_EYE = Path(__file__).with_name("alike.txt")
SMALLEST = 200
"""Pixels of the smaller side of a picture that is taken."""
LARGEST = 512
"""Pixels of the longer side that larger pictures are reduced to before they are altered."""
FLATTEST = 4.0
"""Grey levels: what deviates less from its mean is flat."""
NEAR_BITS = 12
"""Pictures whose phash differs in at most so many of 64 bits are copies of each other, and"""
NEAR_DISTANCE = 0.45
"""so are those that image-match's distance says so of: only one of them is taken."""

MORE_WALLPAPERS = (
    Package("debian", "gnome-backgrounds"),
    Package("debian", "mate-backgrounds"),
    Package("debian", "ukui-wallpapers"),
    Package("debian", "lomiri-wallpapers-16.04"),
    Package("debian", "lomiri-wallpapers-20.04"),
)
_BY_NAME = {package.name: package for package in (*PACKAGES, *MORE_WALLPAPERS)}
_BY_NAME["opencv-doc"] = Package("debian", "opencv-doc", most=300)
# Its help has ninety pages of one template, which are no different pictures.
_BY_NAME["scratch"] = Package("debian", "scratch", ("/Backgrounds/",))

TUNING = (
    "endless-sky-data",
    "opencv-doc",
    "tuxpaint-stamps-default",
    "mate-backgrounds",
    "lomiri-wallpapers-16.04",
    "kanagram",
)
JUDGING = (
    "plasma-workspace-wallpapers",
    "lxqt-themes",
    "gnome-backgrounds",
    "ukui-wallpapers",
    "lomiri-wallpapers-20.04",
    "scratch",
    "openclipart-png",
    "psychtoolbox-3-common",
    "gem-doc",
    "palapeli-data",
    "visp-images-data",
    "scikit-image",
    "scikit-learn",
    "nikola",
)


def package(name: str) -> Package:
    """A package of one of the halves, with what is taken of it."""
    return _BY_NAME[name]


def same_by_eye() -> set[str]:
    """Paths in the cache of pictures that show what another one shows, which no hash told."""
    return set(_SAME_BY_EYE.read_text(encoding="utf-8").splitlines())


def originals(names: tuple[str, ...]) -> list[tuple[Path, Image.Image]]:
    """The path and reduced RGB image of each picture in these packages, no two of them alike."""
    kept: list[tuple[Path, Image.Image]] = []
    hashes = np.zeros((0, 64), bool)
    signatures: list[bytes] = []
    for path, image in _usable(names):
        bits = imagehash.phash(image).hash.ravel()
        try:
            signature = imagematch.signature(np.asarray(image), "goldberg-1").data
        except imagematch.FeaturelessImage:
            continue
        if (hashes != bits).sum(axis=1).min(initial=64) <= NEAR_BITS:
            continue
        if distances(signature, signatures).min(initial=1) < NEAR_DISTANCE:
            continue
        hashes = np.vstack([hashes, bits])
        signatures.append(signature)
        kept.append((path, image))
    return kept


def _usable(names: tuple[str, ...]) -> Iterator[tuple[Path, Image.Image]]:
    for name in names:
        for path in package(name).pictures:
            try:
                with Image.open(path) as opened:
                    if min(opened.size) < SMALLEST:
                        continue
                    opened.draft("RGB", (2 * LARGEST, 2 * LARGEST))
                    image = on_white(opened)
            except OSError:
                continue
            image.thumbnail((LARGEST, LARGEST), Image.Resampling.BOX)
            if min(image.size) >= 64 and np.asarray(image.convert("L")).std() >= FLATTEST:
                yield path, image


def on_white(image: Image.Image) -> Image.Image:
    """RGB, with white behind what is transparent."""
    colours = image.convert("RGBA")
    white = Image.new("RGBA", colours.size, "white")
    return Image.alpha_composite(white, colours).convert("RGB")


def main() -> None:
    for half in (TUNING, JUDGING):
        found = originals(half)
        print(len(found), "pictures in", ", ".join(half))


if __name__ == "__main__":
    main()
