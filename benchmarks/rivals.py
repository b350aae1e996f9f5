"""What recall is measured of: goldberg-2 and what else finds near copies.

Each turns an RGB image into an array and has distances from one such array to many. Each is
imported when it is loaded.
"""

import importlib.util
import io
import sys
from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Floats = NDArray[np.float64]


class Rival(ABC):
    """A way to compare pictures.

    Attributes:
        name: in tables.
    """

    name: str

    @abstractmethod
    def feature(self, image: Image.Image) -> NDArray[Any]:
        """What it makes of a picture."""

    @abstractmethod
    def distances(self, one: NDArray[Any], many: Sequence[NDArray[Any]]) -> Floats:
        """Of one feature to others."""


class _Hash(Rival):
    """Bits, compared by how many differ."""

    def distances(self, one: NDArray[Any], many: Sequence[NDArray[Any]]) -> Floats:
        return np.asarray((np.array(many) != one).mean(axis=1), np.float64)


class ImageMatch(Rival):
    """image-match 1.1.2."""

    name = "image-match"

    def __init__(self) -> None:
        from image_match.goldberg import ImageSignature

        self._signer = ImageSignature()

    def feature(self, image: Image.Image) -> NDArray[Any]:
        file = io.BytesIO()
        image.save(file, "PNG", compress_level=0)
        return self.sign(file.getvalue())

    def sign(self, data: bytes) -> NDArray[Any]:
        """Its feature of the bytes of a file."""
        return np.asarray(self._signer.generate_signature(data, bytestream=True))

    def distances(self, one: NDArray[Any], many: Sequence[NDArray[Any]]) -> Floats:
        others = np.array(many, np.float64)
        total = np.linalg.norm(one.astype(np.float64)) + np.linalg.norm(others, axis=1)
        apart = np.linalg.norm(others - one, axis=1)
        return np.asarray(np.divide(apart, total, out=np.ones(len(others)), where=total > 0))


class ImageHash(_Hash):
    """A function of ImageHash."""

    def __init__(self, function: str) -> None:
        import imagehash

        self.name = f"ImageHash {function}"
        self._function = getattr(imagehash, function)

    def feature(self, image: Image.Image) -> NDArray[Any]:
        return np.asarray(self._function(image).hash).ravel()


class PdqHash(_Hash):
    """Facebook's PDQ."""

    name = "pdqhash"

    def __init__(self) -> None:
        import pdqhash

        self._compute = pdqhash.compute

    def feature(self, image: Image.Image) -> NDArray[Any]:
        bits, _ = self._compute(np.asarray(image))
        return np.asarray(bits, bool)


class ImageDedup(_Hash):
    """A hash of imagededup."""

    def __init__(self, kind: str) -> None:
        self.name = f"imagededup {kind}"
        self._hasher = getattr(imagededup_hashing(), kind)(verbose=False)

    def feature(self, image: Image.Image) -> NDArray[Any]:
        number = int(self._hasher.encode_image(image_array=np.asarray(image)), 16)
        return np.array([number >> bit & 1 for bit in range(64)], bool)


@cache
def imagededup_hashing() -> ModuleType:
    """Its module of hashes without its packages' own code, which imports PyTorch."""
    spec = importlib.util.find_spec("imagededup")
    if spec is None or spec.origin is None:
        raise ImportError("imagededup is not installed")
    for name in ("imagededup", "imagededup.methods", "imagededup.utils", "imagededup.handlers"):
        package = ModuleType(name)
        package.__path__ = [str(Path(spec.origin).parent.joinpath(*name.split(".")[1:]))]
        sys.modules[name] = package
    return importlib.import_module("imagededup.methods.hashing")


def rivals() -> list[Rival]:
    """All but ours."""
    return [
        ImageMatch(),
        ImageHash("phash"),
        ImageHash("dhash"),
        PdqHash(),
        *(ImageDedup(kind) for kind in ("PHash", "DHash", "AHash", "WHash")),
    ]
