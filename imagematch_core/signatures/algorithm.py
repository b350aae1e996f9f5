"""The interface of an algorithm: a picture in, bytes and words out."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..errors import ArgumentError
from ..model import Orientation, Signature
from ..sources import Picture

Canvas = Any
"""A picture as an algorithm keeps it between its steps. Only the algorithm looks inside."""

DEFAULT_LEVEL = 1
MOST_THOROUGH = 2
"""How thoroughly a query is looked at: 0, 1 or 2. What that means is the algorithm's to say."""


@dataclass(frozen=True, slots=True)
class View:
    """One way of looking at a query: a crop or a frame of it, in one orientation.

    Attributes:
        name: of the crop or frame, 'whole' for the picture as it is.
        orientation: what was done to the query.
        signature: the signature of the query seen so.
    """

    name: str
    orientation: Orientation
    signature: bytes


@dataclass(frozen=True, slots=True)
class Nearness:
    """How near a picture is to a query.

    Attributes:
        distance: 0.0 to 1.0.
        view: the number of the view that tells the orientation.
        drawn: whether both look like drawings, of which many are alike by their nature: nobody
            knows how rare it is that they are as near.
    """

    distance: float
    view: int
    drawn: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Where a view looks, in the picture as it was turned for the view.

    A box is left, top, right and bottom, as fractions of the width and height of the picture.

    Attributes:
        inside: the part that is looked at, without borders.
        frame: that part before it was cropped; beyond `inside` where a crop is undone.
        blocks: the boxes of the blocks, in the order of the view's signature: shape (blocks, 4).
    """

    inside: NDArray[np.float64]
    frame: NDArray[np.float64]
    blocks: NDArray[np.float64]


class Overlay(NamedTuple):
    """How a query and a picture lie on each other.

    Corners are upper left, upper right, lower right and lower left: shape (4, 2), x and y as
    fractions of width and height, beyond 0 to 1 where they lie outside.

    Attributes:
        view: the number of the view that tells the orientation.
        on_query: the corners of what the picture shows, in the query as the view turns it.
        on_picture: the corners of what the query shows, turned so, in the picture.
    """

    view: int
    on_query: NDArray[np.float64]
    on_picture: NDArray[np.float64]


class Pairs(NamedTuple):
    """Which blocks each entry of a signature compares, by their numbers: shape (entries,) each."""

    first: NDArray[np.intp]
    second: NDArray[np.intp]


def check_level(thorough: int) -> int:
    """Return `thorough`, or raise `ArgumentError` where there is no such level."""
    if thorough not in range(MOST_THOROUGH + 1):
        raise ArgumentError(f"thorough must be 0 to {MOST_THOROUGH}, not {thorough!r}")
    return thorough


class Algorithm(ABC):
    """A named, versioned way to sign pictures and compare signatures.

    An index holds signatures of one algorithm and remembers its name. Whatever changes a bit of
    a signature, a word or a distance is a new algorithm with a new name.
    """

    name: ClassVar[str]
    default_cutoff: ClassVar[float]
    """Distances under this are near copies, unless the user sets another cutoff."""
    first_cutoff: ClassVar[float | None] = None
    """Of an algorithm that verifies: pictures whose signatures are not nearer are not compared."""
    needs_pixels: ClassVar[bool] = False
    """Whether some views of a picture can't be derived from what is stored of it."""
    signature_format: ClassVar[str]
    """Algorithms that differ in their words only have this in common."""

    @abstractmethod
    def canvas(self, picture: Picture) -> Canvas:
        """Decode as much of `picture` as the signature needs.

        Raises:
            PictureError: it can't be decoded, or not by this algorithm.
        """

    @abstractmethod
    def signature(self, canvas: Canvas) -> Signature:
        """Return the signature to store.

        Raises:
            FeaturelessImage: there is nothing in the picture to compare.
        """

    @abstractmethod
    def views(
        self, canvas: Canvas, orientations: Sequence[Orientation], thorough: int = DEFAULT_LEVEL
    ) -> list[View]:
        """Return every view of a query, in the order in which equal distances are decided.

        Args:
            canvas: of the query.
            orientations: to look at it in.
            thorough: from 0, the fewest views, to `MOST_THOROUGH`.

        Raises:
            FeaturelessImage: there is nothing in the picture to compare.
        """

    @abstractmethod
    def views_from_signature(
        self,
        signature: Signature,
        orientations: Sequence[Orientation],
        thorough: int = DEFAULT_LEVEL,
        *,
        mutual: bool = False,
    ) -> list[View]:
        """Return those of the views that can be derived from a stored signature alone.

        Args:
            mutual: whether all that it is compared with are queries as well, so that it need not be
                looked at in ways that only do what theirs undo.

        Raises:
            AlgorithmError: it is no signature of this algorithm.
        """

    @abstractmethod
    def stored_words(self, signatures: Sequence[bytes]) -> list[tuple[int, ...]]:
        """Return the words to index of each signature; many at once take a fraction of the time.

        Of each distinct, ascending, at most 64, signed 32-bit.
        """

    @abstractmethod
    def query_words(self, views: Sequence[View]) -> list[tuple[int, ...]]:
        """Return the words to ask for: those of each view, or of several together.

        Candidates that one view fetched are measured against all. Of each query distinct,
        ascending, at most 1,000, signed 32-bit.
        """

    @abstractmethod
    def distances(self, views: Sequence[View], signatures: Sequence[bytes]) -> NDArray[np.float64]:
        """Return the distance of each view to each of the signatures, 0.0 to 1.0.

        Of an algorithm that verifies, this only tells what is worth it. The same bits for the same
        bytes on every machine.

        Returns:
            Shape (len(views), len(signatures)).
        """

    def compare(self, views: Sequence[View], signatures: Sequence[Signature]) -> list[Nearness]:
        """Return how near each picture is to a query, in the distances that users see.

        That is the smallest distance of all views; of equal ones the first view counts. An
        algorithm may verify more closely whether two pictures agree, by the details of their
        signatures.
        """
        distances = self.distances(views, [one.data for one in signatures])
        return [Nearness(float(column.min()), int(column.argmin())) for column in distances.T]

    @abstractmethod
    def grouping_cutoff(self, all_orientations: bool) -> float:
        """Return the default cutoff of groups, two of which one wrong link joins."""

    @abstractmethod
    def rarity(self, distance: float, thorough: int, all_orientations: bool) -> float | None:
        """Among how many different pictures one is found as near as that by such a search.

        None where that was not measured.
        """

    # What follows is for people who want to see why.

    def overlay(self, views: Sequence[View], signature: Signature) -> Overlay | None:  # noqa: ARG002
        """Return how the query of these views and a picture were laid on each other.

        None where they don't agree, or where the algorithm lays none on another.
        """
        return None

    @abstractmethod
    def pairs(self) -> Pairs:
        """Return the pairs of neighbouring blocks that a signature compares."""

    @abstractmethod
    def entries(self, signature: bytes) -> NDArray[np.int64]:
        """Return the components of a signature, one for each pair: 0 where two blocks are alike.

        The distance of signatures with entries a and b is ‖a - b‖ / (‖a‖ + ‖b‖).
        """

    @abstractmethod
    def layout(self, canvas: Canvas, view: View) -> Layout:
        """Where the blocks of one of the `views` of a canvas lie."""

    @abstractmethod
    def shown(self, picture: Picture, size: int) -> Image.Image:
        """Return the picture as it is seen before it is made grey: RGB, neither side over `size`.

        Args:
            picture: not decoded yet.
            size: pixels.

        Raises:
            PictureError: it can't be decoded.
        """
