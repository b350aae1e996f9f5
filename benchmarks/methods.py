"""What speed and memory are measured of: plain decoding, ours, and what else finds near copies.

Each is imported when it is loaded, so that no other pays for it.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path

Method = Callable[[Path], object]


def _original() -> Method:
    from image_match.goldberg import ImageSignature

    signer = ImageSignature()
    # With today's scikit-image it can be called in this way only.
    return lambda path: signer.generate_signature(path.read_bytes(), bytestream=True)


def _decoding() -> Method:
    from PIL import Image

    def decode(path: Path) -> object:
        with Image.open(path) as image:
            return image.load()

    return decode


def _scaled_decoding() -> Method:
    from PIL import Image

    def decode(path: Path) -> object:
        with Image.open(path) as image:
            image.draft("L", (256, 256))
            return image.load()

    return decode


def _ours(algorithm: str) -> Method:
    import imagematch_core as imagematch

    def sign(path: Path) -> object:
        try:
            return imagematch.signature(path, algorithm)
        except imagematch.FeaturelessImage:  # costs as much as any other picture
            return None

    return sign


def _imagehash() -> Method:
    import imagehash
    from PIL import Image

    def sign(path: Path) -> object:
        with Image.open(path) as image:
            return imagehash.phash(image)

    return sign


def _pdqhash() -> Method:
    import numpy as np
    import pdqhash
    from PIL import Image

    def sign(path: Path) -> object:
        with Image.open(path) as image:
            return pdqhash.compute(np.asarray(image.convert("RGB")))

    return sign


_LOADERS: dict[str, Callable[[], Method]] = {
    "image-match": _original,
    "ImageHash phash": _imagehash,
    "pdqhash": _pdqhash,
    "decoding": _decoding,
    "scaled decoding": _scaled_decoding,
    "goldberg-1": partial(_ours, "goldberg-1"),
    "goldberg-2": partial(_ours, "goldberg-2"),
}
METHODS = tuple(_LOADERS)


def load(name: str) -> Method:
    """A method by its name, ready to be called with the path of a picture."""
    return _LOADERS[name]()
