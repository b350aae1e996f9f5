"""What is measured: image-match, plain decoding, and goldberg-1.

Each is imported when it is loaded, so that no other pays for it.
"""

from collections.abc import Callable
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


def _ours() -> Method:
    import imagematch_core as imagematch

    def sign(path: Path) -> object:
        try:
            return imagematch.signature(path, "goldberg-1")
        except imagematch.FeaturelessImage:  # costs as much as any other picture
            return None

    return sign


_LOADERS = {"image-match": _original, "decoding": _decoding, "ours": _ours}
METHODS = tuple(_LOADERS)


def load(name: str) -> Method:
    """A method by its name, ready to be called with the path of a picture."""
    return _LOADERS[name]()
