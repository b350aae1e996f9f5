"""A folder as people have them: 1,340 different pictures and 660 altered copies of some.

    python -m benchmarks.album

makes it, once, in the cache folder of `benchmarks.pictures`. Pictures keep their bytes, and so
their size and format; the name of a copy starts with its original's. Copies are made of the
half that judges only (`benchmarks.sets`); to make up the number, the other half lends pictures
of which there are no copies. But for one kind, copies are made of pictures without
transparency: programs differ in what they see behind it.
"""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import imagehash
import numpy as np
from PIL import Image

import imagematch_core as imagematch
from imagematch_core.signatures.goldberg1.distance import distances

from .alterations import CROPS_JUDGING, TURNED, UPRIGHT, Alteration
from .pictures import Package, cache
from .sets import JUDGING, LARGEST, MORE_WALLPAPERS, TUNING, on_white, package, same_by_eye
from .speed import PHOTOGRAPHS

DIFFERENT = 1_340
OF_EACH_KIND = 33
SMALLEST = 128
"""Pixels of the smaller side of a picture that is taken,"""
LARGEST_AREA = 25_000_000
"""and of its area at most."""

_SEED = 8
_FORMATS = (".webp", ".png", ".bmp", ".tif", ".jpg")

Save = Callable[[Path, Image.Image, Path], None]
"""Saves a copy of a file, whose RGB image is given, under a name without suffix."""


def _exact(original: Path, _: Image.Image, to: Path) -> None:
    shutil.copyfile(original, to.with_suffix(original.suffix))


def _another_format(original: Path, image: Image.Image, to: Path) -> None:
    """Each in turn."""
    suffix = _FORMATS[int(original.stem) % len(_FORMATS)]
    image.save(to.with_suffix(".webp" if suffix == original.suffix else suffix))


def _thumbnail(_: Path, image: Image.Image, to: Path) -> None:
    small = image.copy()
    small.thumbnail((160, 160))
    small.save(to.with_suffix(".jpg"), quality=85)


def _altered(alteration: Alteration) -> Save:
    """Saved as programs do by default: a JPEG of quality 85."""

    def save(_: Path, image: Image.Image, to: Path) -> None:
        altered = alteration(image, np.random.default_rng(0))
        altered.save(to.with_suffix(".jpg"), quality=85)

    return save


_ALTERED = (
    "JPEG 30",
    "size × ½",
    "squashed 20 % in width",
    "brighter",
    "more contrast",
    "grey",
    "watermark",
    "caption below",
    "border 5 % black",
    "rotated 5°",
    "crop 5 % a side",
    "crop 10 % a side",
)
TRANSPARENT = "transparent, on white"
KINDS: dict[str, Save] = {
    "exact copy": _exact,
    "another format": _another_format,
    "thumbnail, 160 pixels": _thumbnail,
    **{kind: _altered(UPRIGHT[kind]) for kind in _ALTERED},
    "crop left 15 %": _altered(CROPS_JUDGING["left 15%"]),
    "mirrored": _altered(TURNED["mirrored"]),
    "rotated 90°": _altered(TURNED["rotated 90°"]),
    "negative": _altered(TURNED["negative"]),
    TRANSPARENT: _altered(lambda image, _: image),
}
"""What people do to pictures, and what is done to them for them."""


def album() -> Path:
    """The folder, which is made where there is none."""
    folder = cache() / "album"
    if not folder.is_dir():
        part = cache() / "album.part"
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        packages = _make(part)
        _packages().write_text(json.dumps(packages), encoding="utf-8")
        part.rename(folder)
    return folder


def photographs() -> set[str]:
    """The originals that come from packages of photographs."""
    packages = json.loads(_packages().read_text(encoding="utf-8"))
    names = PHOTOGRAPHS | {package.name for package in MORE_WALLPAPERS}
    return {original for original, name in packages.items() if name in names}


def _packages() -> Path:
    return cache() / "album.json"


def original_of(name: str) -> str:
    """What a file of the album is, or is a copy of."""
    return name[:4]


def kind_of(name: str) -> str:
    """How it was altered; '' of an original."""
    return _KINDS_BY_NAME.get(Path(name).stem[5:], "")


def _name(kind: str) -> str:
    return re.sub("[^0-9a-z]+", "-", kind.lower()).strip("-")


_KINDS_BY_NAME = {_name(kind): kind for kind in KINDS}


def _make(folder: Path) -> dict[str, str]:
    """Fill a folder; the package of each original."""
    packages: dict[str, str] = {}
    opaque: list[Path] = []
    transparent: list[Path] = []
    for path, judges in islice(_different(), DIFFERENT):
        original = folder / f"{len(packages):04}{path.suffix.lower()}"
        packages[original.stem] = path.relative_to(cache()).parts[0]
        shutil.copyfile(path, original)
        if judges:
            (transparent if _is_transparent(original) else opaque).append(original)
    random = np.random.default_rng(_SEED)
    orders = {True: random.permutation(len(transparent)), False: random.permutation(len(opaque))}
    for turn, (kind, save) in enumerate(KINDS.items()):
        some = transparent if kind == TRANSPARENT else opaque
        order = orders[kind == TRANSPARENT]
        for at in range(turn * OF_EACH_KIND, (turn + 1) * OF_EACH_KIND):
            original = some[order[at % len(some)]]
            with Image.open(original) as opened:
                image = on_white(opened)
            save(original, image, folder / f"{original.stem}-{_name(kind)}")
    return packages


def _is_transparent(path: Path) -> bool:
    with Image.open(path) as image:
        alpha = image.convert("RGBA").getchannel("A")
    return alpha.getextrema() != (255, 255)


def _different() -> Iterator[tuple[Path, bool]]:
    """Pictures no two of which are alike, and whether each is of the judging half."""
    alike = same_by_eye()
    hashes = np.zeros((0, 64), bool)
    signatures: list[bytes] = []
    for path, judges in _usable():
        if path.relative_to(cache()).as_posix() in alike:
            continue
        with Image.open(path) as opened:
            opened.draft("RGB", (2 * LARGEST, 2 * LARGEST))
            image = on_white(opened)
        image.thumbnail((LARGEST, LARGEST), Image.Resampling.BOX)
        try:
            signature = imagematch.signature(np.asarray(image), "goldberg-1").data
        except imagematch.FeaturelessImage:
            continue
        bits = imagehash.phash(image).hash.ravel()
        apart = (hashes != bits).sum(axis=1)
        distant = distances(signature, signatures)
        # Both methods say so, or one is sure of it.
        if ((apart <= 12) & (distant < 0.45) | (apart <= 4) | (distant < 0.25)).any():
            continue
        hashes = np.vstack([hashes, bits])
        signatures.append(signature)
        yield path, judges


def _usable() -> Iterator[tuple[Path, bool]]:
    for judges, names in ((True, JUDGING), (False, TUNING)):
        for name in names:
            for path in _of(name).pictures:
                try:
                    with Image.open(path) as image:
                        area = image.width * image.height
                        if min(image.size) >= SMALLEST and area <= LARGEST_AREA:
                            image.load()
                            yield path, judges
                except (OSError, Image.DecompressionBombError):
                    continue


def _of(name: str) -> Package:
    found = package(name)
    return replace(found, most=500) if name == "openclipart-png" else found


def main() -> None:
    folder = album()
    names = [path.name for path in folder.iterdir()]
    size = sum(path.stat().st_size for path in folder.iterdir()) / 1e6
    copies = sum(bool(kind_of(name)) for name in names)
    print(f"{len(names) - copies} pictures and {copies} copies, {size:.0f} MB, in {folder}")


if __name__ == "__main__":
    main()
