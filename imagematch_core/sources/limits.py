"""How much of a picture from an unknown source we are ready to take."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on what is read and decoded for one picture.

    Attributes:
        max_pixels: width times height; beyond it `PictureTooLarge`, before anything is decoded.
        max_bytes: of a download or of a stream that is read; local files are not bounded.
        max_seconds: for a whole download: look-up, redirects, headers and body.
        allow_private: False refuses URLs whose host is, or resolves to, a loopback, private or
            otherwise non-public address, and `s3://` and `gs://`, which are read with our rights.
            Services that fetch what strangers name need it.
    """

    max_pixels: int = 250_000_000
    max_bytes: int = 100_000_000
    max_seconds: float = 30.0
    allow_private: bool = True
