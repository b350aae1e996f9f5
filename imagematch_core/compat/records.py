"""A picture → image-match's record: a dict with path, signature and words."""

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..signatures.goldberg1.image_signature import ImageSignature

LegacyRecord = dict[str, Any]


def make_record(
    path: Any,
    gis: ImageSignature,
    k: int,
    N: int,  # noqa: N803 - image-match's name
    img: Any = None,
    bytestream: bool = False,
    metadata: Any = None,
) -> LegacyRecord:
    """Return the record of a picture.

    Args:
        path: a path or URL; with `img` any text, to be stored in its place.
        gis: the `ImageSignature` that signs.
        k: entries in a word.
        N: the number of words.
        img: the picture: a path, a URL, an array, or with `bytestream` the content of a file.
        bytestream: of `img`.
        metadata: whatever the backend can store.

    Returns:
        'path'; 'signature', a list of numbers; 'simple_word_0' to 'simple_word_{N - 1}'; and
        'metadata', if there is any.

    Raises:
        PictureError: the picture can't be read or decoded.
    """
    if img is None:
        return record_of(path, gis.generate_signature(path), k, N, metadata)
    return record_of(path, gis.generate_signature(img, bytestream=bytestream), k, N, metadata)


def record_of(
    path: Any,
    signature: NDArray[np.int8],
    k: int,
    N: int,  # noqa: N803
    metadata: Any = None,
) -> LegacyRecord:
    """Return the record of a picture that was signed already; see `make_record`."""
    words = get_words(signature, k, N)
    max_contrast(words)
    if isinstance(path, bytes | os.PathLike):
        path = os.fsdecode(path)
    record: LegacyRecord = {"path": path, "signature": signature.tolist()}
    if metadata:
        record["metadata"] = metadata
    record.update(
        (f"simple_word_{place}", word) for place, word in enumerate(words_to_int(words).tolist())
    )
    return record


def get_words(
    array: NDArray[np.int8],
    k: int,
    N: int,  # noqa: N803
) -> NDArray[np.int8]:
    """Return `N` pieces of a signature, `k` entries each: shape (N, k).

    They begin at evenly spaced places, and are padded with 0 beyond the end.

    Raises:
        ValueError: `k` or `N` is larger than the signature.
    """
    length = array.shape[0]
    if k > length:
        raise ValueError("Word length cannot be longer than array length")
    if length < N:
        raise ValueError("Number of words cannot be more than array length")
    starts = np.linspace(0, length, N, endpoint=False).astype(np.intp)
    filled = np.pad(array, (0, k)).astype(np.int8)
    return np.asarray(filled[starts[:, None] + np.arange(k)])


def max_contrast(array: NDArray[Any]) -> None:
    """Replace each entry by its sign, in place."""
    np.sign(array, out=array)


def words_to_int(word_array: NDArray[Any]) -> NDArray[np.int64]:
    """Return words of -1, 0 and 1 as numbers in base 3, the first digit the least significant.

    Args:
        word_array: shape (N, k).

    Returns:
        Shape (N,): [-1, -1, -1] is 0, [0, 1, 0] is 16.
    """
    digits = word_array.astype(np.int64) + 1
    return np.asarray(digits @ 3 ** np.arange(word_array.shape[1], dtype=np.int64), np.int64)
