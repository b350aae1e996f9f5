"""The values that pass between the core and its users."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import product, starmap
from typing import Any, Generic, Self, TypeVar, overload

from .errors import PictureError

Element = TypeVar("Element")

Metadata = Mapping[str, Any]
"""Data that users store with a picture: a mapping that JSON can hold."""

Progress = Callable[[int], object]
"""Called with the number of things done since the last call."""


@dataclass(frozen=True, slots=True)
class Listing(Sequence[Element], Generic[Element]):
    """An immutable sequence that knows something about itself as a whole. So do its slices."""

    _elements: tuple[Element, ...] = ()

    @overload
    def __getitem__(self, place: int, /) -> Element: ...
    @overload
    def __getitem__(self, place: slice, /) -> Self: ...
    def __getitem__(self, place: int | slice, /) -> Element | Self:
        if isinstance(place, slice):
            return replace(self, _elements=self._elements[place])
        return self._elements[place]

    def __len__(self) -> int:
        return len(self._elements)


@dataclass(frozen=True, slots=True, order=True)
class Orientation:
    """A turn of a picture: mirror left-right, rotate counter-clockwise, negate.

    The order of fields is the order in which orientations are tried: the plain ones first.
    """

    negative: bool = False
    mirror: bool = False
    rotate: int = 0

    def inverse(self) -> "Orientation":
        """Return the orientation that undoes this one."""
        # A mirrored rotation undoes itself.
        rotate = self.rotate if self.mirror else -self.rotate % 360
        return Orientation(self.negative, self.mirror, rotate)

    def __str__(self) -> str:
        parts = [
            "mirrored" if self.mirror else "",
            f"rotated {self.rotate}°" if self.rotate else "",
            "negative" if self.negative else "",
        ]
        return ", ".join(part for part in parts if part) or "upright"


UPRIGHT = Orientation()
ALL_ORIENTATIONS = tuple(
    starmap(Orientation, product((False, True), (False, True), (0, 90, 180, 270)))
)
"""The 16 of them, in the order in which equal distances are decided."""


def orientations_of(all_of_them: bool) -> tuple[Orientation, ...]:
    """Return the orientations in which copies are looked for."""
    return ALL_ORIENTATIONS if all_of_them else (UPRIGHT,)


@dataclass(frozen=True, slots=True)
class Hit:
    """A picture of an index that is nearer to the query than the cutoff.

    Attributes:
        id: its id in the index.
        distance: 0.0 (equal signatures) to 1.0.
        path: its path or URL, '' if it was added without one.
        metadata: what was stored with it, None if nothing was.
        score: the largest number of words that it shares with a view of the query.
        orientation: what turns the query into this picture.
        rarity: about how many different pictures such a search goes through to find one as near;
            None for drawings and documents, many of which are alike, and where the algorithm does
            not measure it.
    """

    id: str
    distance: float
    path: str
    metadata: Metadata | None
    score: int
    orientation: Orientation
    rarity: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits(Listing[Hit]):
    """The hits of one query, ordered by (distance, id); immutable, and so are slices.

    Attributes:
        cutoff: all distances are below it.
        truncated: a view of the query had as many candidates as were asked for: more of them may
            find more.
        error: of `Index.search_many`: why this source could not be searched with.
    """

    cutoff: float
    truncated: bool = False
    error: PictureError | None = None


@dataclass(frozen=True, slots=True)
class PictureInfo:
    """Format and size of a picture, as seen when it was signed.

    Attributes:
        format: the file format in Pillow's spelling ('JPEG'), 'array' or 'Pillow image'.
        width: pixels, before any EXIF rotation.
        height: pixels, before any EXIF rotation.
        bytes: the size of the file, or of the pixels where there is no file.
        frames: how many frames an animation has, or how many pages a document; 1 for an array and
            for a Pillow image, which is taken as it stands.
    """

    format: str
    width: int
    height: int
    bytes: int
    frames: int = 1


@dataclass(frozen=True, slots=True)
class Entry:
    """A picture in an index.

    Attributes:
        id: its id in the index.
        path: its path or URL, '' if it was added without one.
        metadata: what was stored with it, None if nothing was.
        signature: its signature.
        added_at: when it was written last, in UTC.
        picture: size and format, None if only a signature was added.
        revision: a text that changes when the picture does.
    """

    id: str
    path: str
    metadata: Metadata | None
    signature: "Signature" = field(repr=False)
    added_at: datetime
    picture: PictureInfo | None
    revision: str


@dataclass(frozen=True, slots=True)
class Signature:
    """The signature of a picture.

    Attributes:
        algorithm: the name of the algorithm that computed it.
        data: by which candidates are found and measured.
        detail: by which hits are verified; empty where the algorithm verifies nothing.
    """

    algorithm: str
    data: bytes
    detail: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class IndexInfo:
    """The facts that an index stores about itself.

    Attributes:
        format: version of the texts that the core stores.
        algorithm: the name of the algorithm whose signatures it holds.
        tags: version of the rule that makes tags of metadata.
    """

    format: int
    algorithm: str
    tags: int
