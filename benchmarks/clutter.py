"""A messy folder as people have them: originals, thirty kinds of copies, and traps.

    python -m benchmarks.clutter

makes it, once, in the cache folder of `benchmarks.pictures`, with a label for each file. All is
made of the half that judges. The names are those that cameras, phones and people give.
"""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter, ImageOps

from .kinds import documents, frames, overlays, screens
from .kinds.halves import JUDGING
from .kinds.series import Copy
from .pictures import cache
from .sets import JUDGING as PACKAGES
from .sets import MORE_WALLPAPERS, on_white, originals
from .speed import PHOTOGRAPHS

ORIGINALS = 100
OF_EACH_KIND = 36
LARGE = 24
"""Originals of 12 megapixels,"""
LARGE_SIZE = (4_032, 3_024)
LONGEST = 1_600
"""and pixels of the longer side of the others, so that the folder stays small."""
_FIRST = datetime(2019, 6, 1, 12)
_ORIENTATION, _MAKE, _MODEL, _DATE = 0x0112, 0x010F, 0x0110, 0x0132


@dataclass(frozen=True, slots=True)
class Label:
    """What a file is.

    Attributes:
        origin: files with one origin show one picture.
        kind: how it was made.
        is_original: it is what the copies were made of.
        is_copy: it may go.
        as_good: nobody would miss the original beside it.
    """

    origin: str
    kind: str
    is_original: bool = False
    is_copy: bool = False
    as_good: bool = False


Save = Callable[[Image.Image, Path, Path], None]
"""Saves a copy of an RGB image and its file, under a name without its ending."""


def _jpeg(image: Image.Image, to: Path, quality: int) -> None:
    image.save(to.with_name(to.name + ".jpg"), quality=quality)


def _same(_: Image.Image, original: Path, to: Path) -> None:
    shutil.copyfile(original, to.with_name(to.name + original.suffix))


def _in_format(ending: str, image: Image.Image, _: Path, to: Path) -> None:
    image.save(to.with_name(to.name + ending))


def _resized(share: float, quality: int, image: Image.Image, _: Path, to: Path) -> None:
    size = (max(1, round(image.width * share)), max(1, round(image.height * share)))
    _jpeg(image.resize(size, Image.Resampling.LANCZOS), to, quality)


def _fitted(longest: int, quality: int, image: Image.Image, _: Path, to: Path) -> None:
    small = image.copy()
    small.thumbnail((longest, longest))
    _jpeg(small, to, quality)


def _edited(
    edit: Callable[[Image.Image], Image.Image], image: Image.Image, _: Path, to: Path
) -> None:
    _jpeg(edit(image), to, 88)


def _cut(
    left: float, top: float, right: float, bottom: float
) -> Callable[[Image.Image], Image.Image]:
    def cut(image: Image.Image) -> Image.Image:
        width, height = image.size
        start = (round(width * left), round(height * top))
        return image.crop((*start, round(width * (1 - right)), round(height * (1 - bottom))))

    return cut


def _drawn(change: Copy, quality: int, image: Image.Image, original: Path, to: Path) -> None:
    random = JUDGING.random(7, int.from_bytes(original.stem.encode()[-4:]))
    _jpeg(change(image, random, JUDGING), to, quality)


def _turned_by_tag(image: Image.Image, _: Path, to: Path) -> None:
    exif = Image.Exif()
    exif[_ORIENTATION] = 6
    image.rotate(90, expand=True).save(to.with_name(to.name + ".jpg"), quality=90, exif=exif)


def _changes() -> dict[str, Copy]:
    return {
        series.name: series.change
        for module in (frames, screens, overlays)
        for kind in module.kinds(JUDGING, 4)
        for series in kind.series
    }


def _copies() -> dict[str, tuple[str, Save]]:
    """Each kind: its name in the folder, from the original's, and what saves it."""
    change = _changes()

    def drawn(name: str, quality: int = 88) -> Save:
        return partial(_drawn, change[name], quality)

    shot = "Screenshots/Screenshot_{number:04}"
    return {
        "exact, (1)": ("{folder}/{stem} (1)", _same),
        "exact, copy": ("{folder}/{stem} - Copy", _same),
        "exact, elsewhere": ("Backup/old disk/{stem}", _same),
        "PNG": ("Edited/{stem}", partial(_in_format, ".png")),
        "BMP": ("Edited/{stem}_bmp", partial(_in_format, ".bmp")),
        "WebP": ("Edited/{stem}_web", partial(_in_format, ".webp")),
        "AVIF": ("Edited/{stem}_avif", partial(_in_format, ".avif")),
        "messenger": ("WhatsApp/IMG-20190601-WA{number:04}", partial(_fitted, 1_280, 70)),
        "quality 20": ("Downloads/{stem}_low", partial(_resized, 1.0, 20)),
        "half": ("Downloads/{stem}_small", partial(_resized, 0.5, 85)),
        "thumbnail": ("Downloads/{stem}_thumb", partial(_fitted, 240, 80)),
        "enlarged 1.5": ("Edited/{stem}_large", partial(_resized, 1.5, 92)),
        "enlarged 2": ("Edited/{stem}_upscaled", partial(_resized, 2.0, 90)),
        "grey": ("Edited/{stem}_bw", partial(_edited, _grey)),
        "vivid": ("Edited/{stem}_vivid", partial(_edited, _vivid)),
        "blurred": ("Edited/{stem}_soft", partial(_edited, _blurred)),
        "turned by its tag": ("Edited/{stem}_turned", _turned_by_tag),
        "crop 10 %": ("Edited/{stem}_crop", partial(_edited, _cut(0.1, 0.1, 0.1, 0.1))),
        "crop left": ("Edited/{stem}_left", partial(_edited, _cut(0.15, 0, 0, 0))),
        "black bars": ("Stories/{stem}_bars", drawn("bars of 20% black top and bottom", 95)),
        "white frame": ("Stories/{stem}_frame", drawn("all around 20% white", 95)),
        "polaroid": ("Stories/{stem}_polaroid", drawn("polaroid", 95)),
        "9:16": ("Stories/{stem}_story", drawn("padded to 9:16 black landscapes", 95)),
        "phone, dark": (shot + "_a", drawn("phone, landscape dark", 95)),
        "phone, light": (
            "Screenshots/Screenshot_{number:04}_b",
            drawn("phone, landscape light", 95),
        ),
        "post": (shot + "_c", drawn("post light", 95)),
        "meme, bar above": ("Memes/{number:04}_a", drawn("white bar above", 92)),
        "meme, words": ("Memes/{number:04}_b", drawn("words at top and bottom", 92)),
        "sticker": ("Memes/{number:04}_c", drawn("one sticker", 92)),
        "watermark": ("Memes/{number:04}_d", drawn("one large watermark", 92)),
    }


AS_GOOD = frozenset({"exact, (1)", "exact, copy", "exact, elsewhere", "PNG", "BMP"})
"""Kinds that have every pixel of the original."""


def _grey(image: Image.Image) -> Image.Image:
    return ImageOps.grayscale(image).convert("RGB")


def _vivid(image: Image.Image) -> Image.Image:
    return ImageEnhance.Color(image).enhance(1.5)


def _blurred(image: Image.Image) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(min(image.size) / 250))


def clutter() -> tuple[Path, dict[str, Label]]:
    """Return the folder, which is made where there is none, and the label of each file in it."""
    folder = cache() / "messy"
    kept = cache() / "messy.json"
    if not folder.is_dir():
        part = cache() / "messy.part"
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        labels = dict(_make(part))
        kept.write_text(json.dumps({name: asdict(one) for name, one in labels.items()}))
        part.rename(folder)
    raw = json.loads(kept.read_text(encoding="utf-8"))
    return folder, {name: Label(**one) for name, one in raw.items()}


def _make(folder: Path) -> Iterator[tuple[str, Label]]:
    random = np.random.default_rng(16)
    photographs = []
    for number, source in enumerate(_sources()):
        path = folder / "Camera" / f"IMG_{2_000 + number}.jpg"
        path.parent.mkdir(exist_ok=True)
        _photographed(source, number, path)
        photographs.append(path)
        yield _name(folder, path), Label(path.stem, "original", is_original=True, as_good=True)
    for kind, (pattern, save) in _copies().items():
        for at in random.permutation(len(photographs))[:OF_EACH_KIND]:
            original = photographs[at]
            name = pattern.format(folder="Camera", stem=original.stem, number=at)
            to = folder / name
            to.parent.mkdir(parents=True, exist_ok=True)
            with Image.open(original) as opened:
                save(opened.convert("RGB"), original, to)
            (made,) = (path for path in to.parent.iterdir() if path.stem == to.name)
            good = kind in AS_GOOD
            yield _name(folder, made), Label(original.stem, kind, is_copy=True, as_good=good)
    yield from _traps(folder)


def _name(folder: Path, path: Path) -> str:
    return path.relative_to(folder).as_posix()


def _sources() -> list[Path]:
    names = PHOTOGRAPHS | {package.name for package in MORE_WALLPAPERS}
    found = [path for path, _ in originals(PACKAGES) if path.relative_to(cache()).parts[0] in names]
    order = JUDGING.random(16).permutation(len(found))
    return [found[at] for at in order[:ORIGINALS]]


def _photographed(source: Path, number: int, to: Path) -> None:
    """As a camera writes it: a JPEG of high quality, with its name and the time."""
    with Image.open(source) as opened:
        opened.draft("RGB", (2 * LONGEST, 2 * LONGEST))
        image = on_white(opened)
    if number < LARGE:
        image = ImageOps.fit(image, LARGE_SIZE, Image.Resampling.LANCZOS)
    else:
        image.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
    exif = Image.Exif()
    exif[_MAKE], exif[_MODEL] = "Canon", "EOS 80D"
    exif[_DATE] = (_FIRST + timedelta(hours=number)).strftime("%Y:%m:%d %H:%M:%S")
    image.save(to, quality=94, exif=exif)


def _traps(folder: Path) -> Iterator[tuple[str, Label]]:
    """Different pictures that look alike, and files that hold more than one picture."""
    place = folder / "Traps"
    place.mkdir()
    change = _changes()
    strangers = _strangers(48)
    screen = change["phone, landscape dark"]
    for number, image in enumerate(strangers[:16]):
        random = JUDGING.random(9, number)
        path = place / f"Screenshot_{9_000 + number}.jpg"
        screen(image, random, JUDGING).save(path, quality=92)
        yield _name(folder, path), _unique(path, "trap: a screen")
    bars = change["padded to 9:16 black landscapes"]
    for number, image in enumerate(strangers[16:32]):
        path = place / f"story_{number}.jpg"
        bars(image, JUDGING.random(10, number), JUDGING).save(path, quality=92)
        yield _name(folder, path), _unique(path, "trap: bars")
    drawn: set[bytes] = set()
    for kind in documents.kinds(JUDGING, 10):
        for series in kind.series[:1]:
            for number, file in enumerate(series.originals):
                if file in drawn:  # several kinds are made of the same originals
                    continue
                drawn.add(file)
                path = place / f"{series.name} {number}.png".replace(",", "")
                path.write_bytes(file)
                yield _name(folder, path), _unique(path, f"trap: {series.name}")
    for number in range(6):
        one, two = strangers[32 + number], strangers[(40 + number) % len(strangers)]
        path = place / f"scan_{number}.tif"
        one.save(path, save_all=True, append_images=[two])
        yield _name(folder, path), _unique(path, "trap: pages")
        path = place / f"cover_{number}.tif"
        one.save(path, save_all=True, append_images=[_grey(two).rotate(180)])
        yield _name(folder, path), _unique(path, "trap: pages")
        path = place / f"film_{number}.gif"
        frames_of = [image.resize((320, 240)) for image in (two, one)]
        frames_of[0].save(path, save_all=True, append_images=frames_of[1:])
        yield _name(folder, path), _unique(path, "trap: animation")
        path = place / f"still_{number}.png"
        two.resize((640, 480)).save(path)
        yield _name(folder, path), _unique(path, "trap: animation")


def _strangers(count: int) -> list[Image.Image]:
    """Photographs that are not among the originals."""
    names = PHOTOGRAPHS | {package.name for package in MORE_WALLPAPERS}
    found = [
        image for path, image in originals(PACKAGES) if path.relative_to(cache()).parts[0] in names
    ]
    order = JUDGING.random(16).permutation(len(found))[ORIGINALS : ORIGINALS + count]
    return [found[at] for at in order]


def _unique(path: Path, kind: str) -> Label:
    return Label(path.stem, kind, is_original=True, as_good=True)


def main() -> None:
    folder, labels = clutter()
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
    print(f"{len(labels)} files, {size:.0f} MB, in {folder}")


if __name__ == "__main__":
    main()
