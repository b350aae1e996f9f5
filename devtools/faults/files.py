"""Files that are damaged at random, and files that are made to cost much."""

import io
import json
import os
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
from PIL import Image

import imagematch_core as imagematch
from benchmarks import hostile
from devtools.faults.tally import Tally
from imagematch_core import Limits, PictureError

LIMITS = replace(Limits.strict(), formats=None)
SECONDS = LIMITS.max_decoding_seconds + 2
CHUNK = 100
FORMATS: dict[str, list[dict[str, object]]] = {
    "AVIF": [{"speed": 10}],
    "BMP": [{}],
    "DDS": [{}],
    "GIF": [{}],
    "JPEG": [{}, {"progressive": True}, {"quality": 5}],
    "JPEG2000": [{}],
    "PCX": [{}],
    "PNG": [{}, {"optimize": True}],
    "PPM": [{}],
    "QOI": [{}],
    "SGI": [{}],
    "TGA": [{}, {"compression": "tga_rle"}],
    "TIFF": [{}, {"compression": "tiff_lzw"}, {"compression": "tiff_adobe_deflate"}],
    "WEBP": [{}, {"lossless": True}],
}


def run(*, short: bool) -> Iterator[Tally]:
    """Yield a row for each kind of damage, and one for files made to cost much."""
    for damage in (_truncated, _changed, _cut, _doubled):
        yield _damaged(damage, 100 if short else 2_000)
    if not short:
        yield _costly()


def _damaged(damage: Callable[[bytes, random.Random], bytes], times: int) -> Tally:
    tally = Tally(f"files of {len(FORMATS)} formats, {damage.__name__.strip('_')} at random")
    sound = list(_sound())
    for start in range(0, times, CHUNK):
        _in_another_process(tally, sound, damage, range(start, min(start + CHUNK, times)))
    return tally


def _in_another_process(
    tally: Tally,
    sound: list[bytes],
    damage: Callable[[bytes, random.Random], bytes],
    seeds: range,
) -> None:
    """Sign damaged files, in a process that may die of them."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # where libtiff complains
            own = Tally("")
            for seed in seeds:
                chance = random.Random(f"{damage.__name__} {seed}")
                _sign(damage(chance.choice(sound), chance), own)
            counts = [own.tried, own.raised, own.wrong, own.untyped, own.examples]
            os.write(writer, json.dumps(counts).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as told:
        said = told.read()
    os.waitpid(child, 0)
    tally.expect(said, f"a process died of one of the files {seeds}")
    if said:
        tried, raised, wrong, untyped, examples = json.loads(said)
        tally.tried += tried
        tally.raised += raised
        tally.wrong += wrong
        tally.untyped += untyped
        tally.examples += examples


def _sign(file: bytes, tally: Tally) -> None:
    tally.tried += 1
    start = time.process_time()
    with tally.judged():
        imagematch.signature(file, limits=LIMITS)
    took = time.process_time() - start
    tally.expect(took < SECONDS, f"took {took:.1f} s of processor time")


def _costly() -> Tally:
    tally = Tally("files made to cost much, Limits.strict(), in a worker")
    limits = Limits.strict()
    hostile.prepare()
    for form, file, _, how, seconds, memory in hostile.rows(2_000, strict=True):
        tally.tried += 1
        typed = getattr(imagematch, how, None)
        refused = isinstance(typed, type) and issubclass(typed, PictureError)
        tally.raised += refused
        tally.expect(how == "signed" or refused, f"{form}, {file}: {how}")
        tally.expect(seconds < SECONDS, f"{form}, {file}: {seconds:.1f} s")
        tally.expect(memory <= limits.max_memory, f"{form}, {file}: {memory / 1e6:.0f} MB")
    return tally


def _sound() -> Iterator[bytes]:
    levels = np.random.default_rng(0).integers(0, 256, (6, 8, 3), np.uint8)
    picture = Image.fromarray(levels).resize((160, 120), Image.Resampling.BICUBIC)
    for form, ways in FORMATS.items():
        for options in ways:
            file = io.BytesIO()
            picture.save(file, form, **options)
            yield file.getvalue()


def _truncated(file: bytes, chance: random.Random) -> bytes:
    return file[: chance.randrange(len(file))]


def _changed(file: bytes, chance: random.Random) -> bytes:
    changed = bytearray(file)
    # Most of what a decoder trusts stands at the beginning.
    most = len(file) if chance.random() < 0.5 else min(200, len(file))
    for _ in range(chance.randint(1, 20)):
        changed[chance.randrange(most)] = chance.randrange(256)
    return bytes(changed)


def _cut(file: bytes, chance: random.Random) -> bytes:
    start, end = sorted(chance.sample(range(len(file)), 2))
    return file[:start] + file[end:]


def _doubled(file: bytes, chance: random.Random) -> bytes:
    start, end = sorted(chance.sample(range(len(file)), 2))
    return file[:end] + file[start:]
