"""image-match's class, for code that uses it."""

import os
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import UnsupportedPicture
from ...sources import Picture, open_picture
from . import crop, grid, levels
from .decode import decode, from_array
from .entries import entries
from .grey import grey
from .parameters import Parameters
from .pixels import Pixels

_Floats = NDArray[np.float64]
Coordinates = NDArray[np.int64]


@dataclass(eq=False)
class ImageSignature(Parameters):
    """A signer that makes the signatures of image-match 1.x, to the byte.

    Pictures are decoded as image-match does with `bytestream=True`, wherever they come from:
    transparency is dropped, the EXIF rotation is ignored. Files of 16-bit or float greys, of which
    it computed garbage, raise `UnsupportedPicture`.

    Args:
        n: the grid has n × n blocks; at least 2.
        crop_percentiles: where the window that is looked at begins and ends, in percent; None
            for the whole picture.
        P: the side of a block in pixels; None for a twentieth of the smaller side.
        diagonal_neighbors: compare a block with 8 neighbours, else with 4.
        identical_tolerance: differences under this, on a scale from black 0 to white 1, are 0.
        n_levels: into how many levels positive, and negative, differences are sorted.
        fix_ratio: cut rows and columns at the same places; for square pictures.

    Raises:
        TypeError: an argument of the wrong type.
        ValueError: an argument out of range.

    Example:
        >>> signer = ImageSignature()
        >>> a = signer.generate_signature("mona.jpg")
        >>> b = signer.generate_signature(Path("other.jpg").read_bytes(), bytestream=True)
        >>> signer.normalized_distance(a, b)
        0.22095170140933634
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        self.lower_percentile: float
        self.upper_percentile: float
        self.lower_percentile, self.upper_percentile = self.crop_percentiles or (0, 100)
        self.sig_length = self.length

    def generate_signature(self, path_or_image: Any, bytestream: bool = False) -> NDArray[np.int8]:
        """Return the signature of a picture.

        Args:
            path_or_image: a path (str, Path, or bytes), an http(s) URL, or an array, as for
                `preprocess_image`.
            bytestream: `path_or_image` is the content of a picture file.

        Returns:
            Shape (n · n · 8,), or (n · n · 4,) without diagonal neighbours.

        Raises:
            PictureError: the picture can't be read or decoded.
            TypeError: not something that can be a picture.
        """
        if isinstance(path_or_image, np.ndarray):
            return entries(from_array(_checked(path_or_image)), self)
        with _open(path_or_image, bytestream) as picture:
            return entries(decode(picture), self)

    @staticmethod
    def normalized_distance(_a: NDArray[Any], _b: NDArray[Any]) -> float:
        """Return ‖b − a‖ / (‖b‖ + ‖a‖); nan where both are all 0."""
        a, b = np.asarray(_a, np.int64).ravel(), np.asarray(_b, np.int64).ravel()
        total = np.sqrt(b @ b) + np.sqrt(a @ a)
        return float(np.sqrt((b - a) @ (b - a)) / total) if total else float("nan")

    @staticmethod
    def preprocess_image(image_or_path: Any, bytestream: bool = False) -> _Floats:
        """Return the grey levels of a picture.

        Args:
            image_or_path: a path (str, Path, or bytes), an http(s) URL, or an array: (H, W) or
                (H, W, 1) of greys, (H, W, 3 or 4) of RGB and alpha; bool, uint8, uint16 using
                its full range, or floats.
            bytestream: `image_or_path` is the content of a picture file.

        Returns:
            Shape (H, W); 0.0 is black and 1.0 is white.

        Raises:
            PictureError: the picture can't be read or decoded.
            TypeError: not something that can be a picture.
        """
        if isinstance(image_or_path, np.ndarray):
            return grey(_checked(image_or_path))
        with _open(image_or_path, bytestream) as picture:
            pixels = decode(picture)
            return grey(pixels.read_all()) if isinstance(pixels, Pixels) else pixels

    @staticmethod
    def crop_image(
        image: _Floats,
        lower_percentile: float = 5,
        upper_percentile: float = 95,
        fix_ratio: bool = False,
    ) -> crop.Window:
        """Return the window that holds what happens in the picture.

        Args:
            image: grey levels, shape (H, W).
            lower_percentile: where it begins, in percent of the running sum of differences.
            upper_percentile: where it ends.
            fix_ratio: use the larger of the two ranges for rows and columns alike.

        Returns:
            [(top, bottom), (left, right)]
        """
        return crop.window(
            lambda top, bottom: image[top:bottom],
            (image.shape[0], image.shape[1]),
            (lower_percentile, upper_percentile),
            fix_ratio,
        )

    @staticmethod
    def compute_grid_points(
        image: _Floats, n: int = 9, window: crop.Window | None = None
    ) -> tuple[Coordinates, Coordinates]:
        """Return the rows and the columns of the grid's points: two arrays of shape (n,).

        Args:
            image: grey levels, shape (H, W).
            n: points in each direction.
            window: where they are spread, [(top, bottom), (left, right)]; None for the whole.
        """
        limits = window or [(0, image.shape[0]), (0, image.shape[1])]
        rows, columns = (np.array(grid.grid_points(*pair, n)) for pair in limits)
        return rows, columns

    @staticmethod
    def compute_mean_level(
        image: _Floats,
        x_coords: Coordinates,
        y_coords: Coordinates,
        P: float | None = None,  # noqa: N803 - image-match's name
    ) -> _Floats:
        """Return the mean grey levels around the grid's points: shape (rows, columns).

        Args:
            image: grey levels, shape (H, W).
            x_coords: the rows of the points.
            y_coords: the columns of the points.
            P: the side of the blocks in pixels; None for a twentieth of the smaller side.
        """
        size = grid.block_size(image.shape) if P is None else P
        return grid.means(
            image,
            grid.block_spans(x_coords.tolist(), size, image.shape[0]),
            grid.block_spans(y_coords.tolist(), size, image.shape[1]),
        )

    @staticmethod
    def compute_differentials(
        grey_level_matrix: _Floats, diagonal_neighbors: bool = True
    ) -> _Floats:
        """Return the differences of each block to its neighbours: shape (rows, columns, 8 or 4).

        In the order upper left, upper, upper right, left, right, lower left, lower, lower right
        (without the diagonal ones: upper, left, right, lower); 0 where there is no neighbour.
        """
        return levels.differences(grey_level_matrix, diagonal_neighbors)

    @staticmethod
    def normalize_and_threshold(
        difference_array: _Floats, identical_tolerance: float = 2 / 255, n_levels: int = 2
    ) -> None:
        """Replace differences by levels from -n_levels to n_levels, in place."""
        levels.sort_into_levels(difference_array, identical_tolerance, n_levels)


def _open(source: object, bytestream: bool) -> Picture:
    if bytestream:
        if isinstance(source, bytes | bytearray | memoryview):
            return open_picture(bytes(source))
        raise TypeError(f"with bytestream=True give the bytes of a file, not {type(source)}")
    if isinstance(source, str | bytes | os.PathLike):
        return open_picture(source if isinstance(source, str) else os.fsdecode(source))
    raise TypeError(
        f"give a path, a URL, bytes with bytestream=True or an array, not {type(source)}"
    )


def _checked(array: NDArray[Any]) -> NDArray[Any]:
    """Return an array that can be a picture. Unlike elsewhere, a negative one is welcome here."""
    colours = array.ndim == 3 and array.shape[2] in {1, 3, 4}
    if not (array.ndim == 2 or colours) or array.size == 0:
        raise UnsupportedPicture(
            f"array of shape {array.shape}", "give (H, W), (H, W, 1), (H, W, 3) or (H, W, 4)"
        )
    kind, size = array.dtype.kind, array.dtype.itemsize
    if kind != "f" and (kind, size) not in {("b", 1), ("u", 1), ("u", 2)}:
        raise UnsupportedPicture(
            f"array of {array.dtype}", "give bool, uint8, uint16 or floats in [0, 1]"
        )
    if kind == "f" and not np.isfinite(array).all():
        raise UnsupportedPicture(f"array of {array.dtype}", "it holds nan or infinity")
    return array
