"""What one picture may cost, by format, over files made to cost as much as they can.

    python -m benchmarks.hostile [--strict] [--side 4000] [FORMAT…]

makes the files, signs each in a process of its own, and prints what that took: seconds of processor
time, memory beside the file, both by pixel, and how it ended. With `--strict` under
`Limits.strict()` in a worker process, as `add_many` does; without, with no limits but the defaults
of this process. Linux only.
"""

import argparse
import io
import os
import struct
import subprocess
import sys
import tempfile
import time
import warnings
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageFile

Make = Callable[[int], bytes]
"""From the side in pixels to the file."""


def _saved(image: Image.Image, form: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def _flat(mode: str, form: str, **options: Any) -> Make:
    return lambda side: _saved(Image.new(mode, (side, side)), form, **options)


def _noise(form: str, channels: int = 3, **options: Any) -> Make:
    def make(side: int) -> bytes:
        shape = (side, side, channels) if channels > 1 else (side, side)
        levels = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
        return _saved(Image.fromarray(levels), form, **options)

    return make


def _many_scans(side: int) -> bytes:
    jpeg = _saved(Image.linear_gradient("L").resize((side, side)), "JPEG", progressive=True)[:-2]
    return jpeg + jpeg[jpeg.rfind(b"\xff\xda") :] * 3000 + b"\xff\xd9"


def _jpeg_with(segment: bytes, size: int) -> Make:
    def make(_: int) -> bytes:
        jpeg = _saved(Image.linear_gradient("L"), "JPEG")
        return jpeg[:2] + segment * (size // len(segment)) + jpeg[2:]

    return make


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _png(side: int, depth: int, colour: int, interlaced: int = 0, before: bytes = b"") -> bytes:
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    row = bytes(1 + side * channels * depth // 8)
    pack = zlib.compressobj(9)
    rows = 2 * side if interlaced else side
    pixels = b"".join(pack.compress(row) for _ in range(rows)) + pack.flush()
    head = struct.pack(">IIBBBBB", side, side, depth, colour, 0, 0, interlaced)
    parts = (_chunk(b"IHDR", head), before, _chunk(b"IDAT", pixels), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _tiff_in_strips(_: int) -> bytes:
    count = 2_000_000
    entries = [
        (256, 4, 1, 1),
        (257, 4, 1, count),
        (258, 3, 1, 8),
        (259, 3, 1, 1),
        (262, 3, 1, 1),
        (273, 4, count, 200),
        (278, 3, 1, 1),
        (279, 4, count, 200),
    ]
    directory = struct.pack("<H", len(entries))
    directory += b"".join(struct.pack("<HHII", *entry) for entry in entries) + bytes(4)
    return (b"II*\0\x08\0\0\0" + directory).ljust(200, b"\0") + struct.pack("<I", 200) * count


def _bmp(bits: int, compression: int, pixels: Callable[[int], bytes]) -> Make:
    def make(side: int) -> bytes:
        palette = bytes(range(256)) * 4 if bits == 8 else b"\0\0\0\0\xff\xff\xff\0" * 8
        data = pixels(side)
        colours = len(palette) // 4
        head = struct.pack(
            "<IiiHHIIiiII", 40, side, side, 1, bits, compression, *(0,) * 3, colours, 0
        )
        return b"BM" + struct.pack("<IHHI", 0, 0, 0, 54 + len(palette)) + head + palette + data

    return make


def _rle4(side: int) -> bytes:
    line = b"\xff\x12" * (side // 255) + bytes([side % 255 or 1, 0x12]) + b"\0\0"
    return line * side + b"\0\1"


def _dds(side: int) -> bytes:
    head = b"DDS " + struct.pack("<IIIIIII44x", 124, 0x1007, side, side, 0, 0, 0)
    head += struct.pack("<II4sIIIII", 32, 0x40, bytes(4), 8, 0xE0, 0x1C, 0x03, 0)
    return (
        head + struct.pack("<IIIII", 0x1000, 0, 0, 0, 0) + bytes(range(256)) * (side**2 // 256 + 1)
    )


def _ppm(side: int) -> bytes:
    return b"P6 %d %d 254\n" % (side, side) + bytes(range(250)) * (side * side * 3 // 250 + 1)


def _plain_ppm(side: int) -> bytes:
    return b"P3 %d %d 255\n" % (side, side) + b"1 22 3 " * (side * side)


def _ppm_with_comment(_: int) -> bytes:
    return b"P6 #" + b"x" * 20_000_000 + b"\n8 8 255\n" + bytes(192)


def _qoi(side: int) -> bytes:
    return struct.pack(">4sIIBB", b"qoif", side, side, 3, 0) + b"\x55\x66\x90\x88" * (
        side * side // 3
    )


def _gif_of_frames(_: int) -> bytes:
    head = b"GIF89a" + struct.pack("<HHBBB", 8, 8, 0x80, 0, 0) + bytes(6)
    frame = b"," + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00"
    return head + frame * 1_000_000 + b";"


def _tiff_of_pages(_: int) -> bytes:
    """Each a directory of its own, for the same pixel."""
    count, size = 200_000, 2 + 6 * 12 + 4
    tags = [(256, 3, 1, 1), (257, 3, 1, 1), (258, 3, 1, 8), (262, 3, 1, 1), (273, 3, 1, 4)]
    tags.append((279, 3, 1, 1))
    page = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", *tag) for tag in tags)
    nexts = [8 + size * (at + 1) for at in range(count - 1)] + [0]
    return b"II*\0\x08\0\0\0" + b"".join(page + struct.pack("<I", after) for after in nexts)


def _heif(side: int) -> bytes:
    import pillow_heif

    file = io.BytesIO()
    pillow_heif.from_pillow(Image.new("RGBA", (side, side))).save(file)
    return file.getvalue()


FILES: dict[str, dict[str, Make]] = {
    "JPEG": {
        "noise": _noise("JPEG", quality=95),
        "noise, 4:4:4, progressive": _noise("JPEG", quality=95, progressive=True, subsampling=0),
        "noise, CMYK": lambda side: _saved(
            Image.effect_noise((side, side), 90).convert("CMYK"), "JPEG", progressive=True
        ),
        "3,000 scans": _many_scans,
        "noise, without its end": lambda side: _noise("JPEG", quality=95)(side)[:-2],
        "20 MB 0xFF": _jpeg_with(b"\xff", 20_000_000),
        "20 MB of APP1": _jpeg_with(b"\xff\xe1\0\x02", 20_000_000),
        "20 MB of comments": _jpeg_with(b"\xff\xfe\0\x02", 20_000_000),
    },
    "PNG": {
        "grey": lambda side: _png(side, 8, 0),
        "16-bit grey": lambda side: _png(side, 16, 0),
        "RGB": lambda side: _png(side, 8, 2),
        "RGB, noise": _noise("PNG"),
        "RGBA": lambda side: _png(side, 8, 6),
        "RGBA, 16 bits": lambda side: _png(side, 16, 6),
        "RGBA, interlaced": lambda side: _png(side, 8, 6, 1),
        "palette": lambda side: _png(side, 8, 3, before=_chunk(b"PLTE", bytes(768))),
        "1.6 million chunks": lambda _: _png(8, 8, 2, before=_chunk(b"xxXx", b"") * 1_600_000),
    },
    "GIF": {
        "flat": _flat("P", "GIF"),
        "noise": _noise("GIF", 1),
        "a million frames": _gif_of_frames,
    },
    "WEBP": {
        # A larger one can't be made: its first part would be over 512 kB.
        "noise": lambda side: _noise("WEBP", quality=95, method=0)(min(side, 3_000)),
        "RGBA, noise, lossless": _noise("WEBP", 4, lossless=True, quality=0, method=0),
        "RGBA, flat": _flat("RGBA", "WEBP", method=0),
    },
    "AVIF": {"RGBA": _flat("RGBA", "AVIF", speed=10), "noise": _noise("AVIF", speed=10)},
    "HEIF": {"RGBA": _heif},
    "JPEG2000": {"RGBA": _flat("RGBA", "JPEG2000"), "noise": _noise("JPEG2000")},
    "TIFF": {
        "RGB": _flat("RGB", "TIFF"),
        "RGBA, LZW": _flat("RGBA", "TIFF", compression="tiff_lzw"),
        "floats": _flat("F", "TIFF"),
        "32-bit integers, deflate": _flat("I", "TIFF", compression="tiff_adobe_deflate"),
        "CMYK": _flat("CMYK", "TIFF", compression="tiff_adobe_deflate"),
        "Lab": _flat("LAB", "TIFF", compression="tiff_adobe_deflate"),
        "fax": _flat("1", "TIFF", compression="group4"),
        "2 million strips": _tiff_in_strips,
        "200,000 pages": _tiff_of_pages,
    },
    "BMP": {
        "RGB": _flat("RGB", "BMP"),
        "RLE 8": _bmp(8, 1, lambda side: b"\1\7\0\0" * side + b"\0\1"),
        "RLE 4": _bmp(4, 2, _rle4),
    },
    "PPM": {
        "RGB": _flat("RGB", "PPM"),
        "maximum 254": _ppm,
        "plain text": _plain_ppm,
        "20 MB of comment": _ppm_with_comment,
        "floats": _flat("F", "PPM"),
    },
    "QOI": {"RGB": _qoi},
    "DDS": {"RGB": _dds},
    "TGA": {"RGBA, RLE": _flat("RGBA", "TGA", compression="tga_rle")},
    "SGI": {"RGB": _flat("RGB", "SGI")},
    "PCX": {"RGB": _flat("RGB", "PCX")},
    "MSP": {"RLE": _flat("1", "MSP")},
    "XBM": {"text": _flat("1", "XBM")},
    "IM": {"RGB": _flat("RGB", "IM")},
}


def _measured(path: Path, strict: bool) -> tuple[str, float, float]:
    """How signing ended, seconds of processor time and bytes of memory beside the file's own."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.hostile",
        "--sign",
        str(path),
        *(["--strict"] * strict),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if not done.stdout:
        return f"ended with {done.returncode}", float("nan"), float("nan")
    how, seconds, memory = done.stdout.rsplit(maxsplit=2)
    return how, float(seconds), float(memory)


def _peak() -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


def _sign(path: str, strict: bool) -> None:
    import imagematch_core as imagematch
    from imagematch_core.ingest.guard import allow, guarded

    limits = imagematch.Limits.strict() if strict else imagematch.Limits()
    with suppress(imagematch.PictureError):
        imagematch.signature(Image.new("L", (8, 8)))  # what is imported at first use
    Image.init()
    before, start = _peak(), time.process_time()
    how = "signed"
    try:
        if strict:
            allow()
        with guarded(limits):
            imagematch.signature(path, limits=limits)
    except imagematch.PictureError as err:
        how = type(err).__name__
    print(how, time.process_time() - start, _peak() - before)


def rows(
    side: int, strict: bool, formats: Sequence[str] = ()
) -> Iterator[tuple[str, str, int, str, float, float]]:
    """Yield for each file its format, its name, its pixels, how it ended, seconds and bytes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "picture"
        for form in formats or FILES:
            for name, make in FILES[form].items():
                path.write_bytes(make(side))
                with suppress(Exception), Image.open(path) as image:
                    pixels = image.width * image.height
                yield form, name, pixels, *_measured(path, strict)


def prepare() -> None:
    """Let Pillow make such files in this process, and say nothing of them."""
    warnings.filterwarnings("ignore", module=r"PIL\.")
    Image.MAX_IMAGE_PIXELS = None
    ImageFile.MAXBLOCK = 1 << 28  # so that noise can be saved as a progressive JPEG


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--side", type=int, default=4000)
    parser.add_argument("--strict", action="store_true")
    parser.add_argument("formats", nargs="*", metavar="FORMAT", help=", ".join(FILES))
    parser.add_argument("--sign", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.sign:
        _sign(given.sign, given.strict)
        return
    prepare()
    print("| format | file | ends | seconds | MB | seconds a megapixel | bytes a pixel |")
    print("|---|---|---|---|---|---|---|")
    for form, name, pixels, how, seconds, memory in rows(given.side, given.strict, given.formats):
        each = f"{seconds / pixels * 1e6:.3f} | {memory / pixels:.1f}" if pixels > 1e6 else "| "
        print(
            f"| {form} | {name} | {how} | {seconds:.1f} | {memory / 1e6:.0f} | {each} |", flush=True
        )


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
