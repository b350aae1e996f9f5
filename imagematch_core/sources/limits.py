"""How much of a picture from an unknown source we are ready to take."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

STRANGERS_FORMATS = frozenset({"GIF", "JPEG", "PNG", "WEBP"})
"""The formats that all browsers show, and nearly all that people upload."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on what is read and decoded for one picture.

    Each is for one picture, in each of the processes that decode. A picture beyond one raises a
    `PictureError` that names the picture and the limit; the rest of a batch goes on.

    Attributes:
        max_pixels: width times height; beyond it `PictureTooLarge`, before anything is decoded.
        max_bytes: of a download or of a stream that is read; local files are not bounded.
        max_seconds: for a whole download: look-up, redirects, headers and body.
        max_decoding_seconds: of processor time, for opening and decoding; beyond it
            `PictureTooSlow`. A worker process of `add_many` is ended for it, so there the bound
            holds for every decoder; elsewhere it is checked whenever a decoder reads.
        max_memory: bytes that decoding takes beside the file. What a picture of its format and
            size may take is known before it is decoded; beyond it `PictureTooLarge`. On Linux a
            worker process of `add_many` gets no more from the system.
        formats: names of the only formats that are opened, in Pillow's spelling, such as 'JPEG';
            None opens all. 'JPEG' includes the MPO files of cameras.
        allow_private: False refuses URLs whose host is, or resolves to, a loopback, private or
            otherwise non-public address, and `s3://` and `gs://`, which are read with your rights.
            Services that fetch what strangers name need it.
    """

    max_pixels: int = 250_000_000
    max_bytes: int = 100_000_000
    max_seconds: float = 30.0
    max_decoding_seconds: float = 120.0
    max_memory: int = 8_000_000_000
    formats: AbstractSet[str] | None = None
    allow_private: bool = True

    @classmethod
    def strict(cls) -> "Limits":
        """Return the limits for pictures from strangers; SECURITY.md says what one may then cost.

        `dataclasses.replace(Limits.strict(), max_pixels=…)` changes one of them.
        """
        return cls(
            max_pixels=50_000_000,
            max_bytes=20_000_000,
            max_seconds=10.0,
            max_decoding_seconds=10.0,
            max_memory=600_000_000,
            formats=STRANGERS_FORMATS,
            allow_private=False,
        )
