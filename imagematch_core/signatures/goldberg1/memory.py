"""The pixels of a Pillow image as an array, without a copy.

NumPy copies them, which for a large photograph takes longer than all that we compute from it.
Pillow lends them by the Arrow PyCapsule interface [1], for which NumPy has no counterpart.

[1] https://pillow.readthedocs.io/en/stable/reference/arrow_support.html
"""

import ctypes
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

CHANNELS = 4
"""Pillow keeps 4 bytes a pixel in all modes of 2 to 4 channels; what isn't used is arbitrary."""


class _ArrowArray(ctypes.Structure):
    """https://arrow.apache.org/docs/format/CDataInterface.html"""


_ArrowArray._fields_ = [
    *[(name, ctypes.c_int64) for name in ("length", "null_count", "offset")],
    *[(name, ctypes.c_int64) for name in ("n_buffers", "n_children")],
    ("buffers", ctypes.POINTER(ctypes.c_void_p)),
    ("children", ctypes.POINTER(ctypes.POINTER(_ArrowArray))),
    *[(name, ctypes.c_void_p) for name in ("dictionary", "release", "private_data")],
]

_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_pointer.restype = ctypes.c_void_p
_pointer.argtypes = [ctypes.py_object, ctypes.c_char_p]


class _Loan:
    """Keeps the memory of an image alive, and tells NumPy where it is."""

    def __init__(self, capsule: object, address: int, shape: tuple[int, ...]) -> None:
        self._capsule = capsule
        self.__array_interface__: dict[str, Any] = {
            "version": 3,
            "shape": shape,
            "typestr": "|u1",
            "data": (address, True),
        }


def view(image: Image.Image) -> NDArray[np.uint8]:
    """The pixels of a loaded RGB or RGBA image: shape (H, W, 4 or 3), not to be written to.

    It is a copy only where Pillow keeps them in several pieces, as those of large images are. The
    view stays valid when the image is closed.
    """
    # With another alignment there are gaps between rows, which Pillow doesn't tell.
    if Image.core.get_alignment() > 1:  # type: ignore[attr-defined]
        return np.asarray(image)
    try:
        _, capsule = image.__arrow_c_array__()
    except ValueError:
        return np.asarray(image)
    array = _ArrowArray.from_address(_pointer(capsule, b"arrow_array"))
    address = array.children[0].contents.buffers[1]
    return np.asarray(_Loan(capsule, address, (image.height, image.width, CHANNELS)))
