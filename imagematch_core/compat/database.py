"""image-match's base class of backends: pictures to records, records to hits."""

from collections.abc import Iterable
from operator import itemgetter
from typing import Any

import numpy as np

from ..errors import ArgumentError
from ..model import orientations_of
from ..signatures.goldberg1.image_signature import ImageSignature
from ..signatures.turns import turned
from .records import LegacyRecord, make_record

Row = dict[str, Any]


class SignatureDatabaseBase:
    """Stores and searches pictures in a database of your own.

    Override `insert_single_record` and `search_single_record`.

    Args:
        k: entries in a word.
        N: the number of words.
        n_grid: the grid of a signature has n_grid × n_grid blocks.
        crop_percentile: where the window that is looked at begins and ends, in percent.
        distance_cutoff: a hit is nearer than this.
        signature_kwargs: of `ImageSignature`.

    Raises:
        TypeError: an argument of the wrong type.
        ValueError: an argument out of range.
    """

    def __init__(
        self,
        k: int = 16,
        N: int = 63,  # noqa: N803 - image-match's name
        n_grid: int = 9,
        crop_percentile: tuple[float, float] | None = (5, 95),
        distance_cutoff: float = 0.45,
        **signature_kwargs: Any,
    ) -> None:
        for name, value in (("k", k), ("N", N), ("n_grid", n_grid)):
            if type(value) is not int:
                raise TypeError(f"{name} should be an integer")
        if isinstance(distance_cutoff, bool) or not isinstance(distance_cutoff, int | float):
            raise TypeError("distance_cutoff should be a float")
        if not distance_cutoff >= 0:
            raise ArgumentError(f"distance_cutoff should be at least 0, not {distance_cutoff!r}")
        self.k = k
        self.N = N
        self.n_grid = n_grid
        self.crop_percentile = crop_percentile
        self.distance_cutoff = distance_cutoff
        self.gis = ImageSignature(n=n_grid, crop_percentiles=crop_percentile, **signature_kwargs)

    def insert_single_record(self, rec: LegacyRecord) -> Any:
        """Store what `make_record` made.

        It is called with `refresh_after=True` too where `add_image` was.
        """
        raise NotImplementedError

    def search_single_record(self, rec: LegacyRecord) -> Iterable[Row]:
        """Return a dict with at least 'id' and 'dist' for each hit, in any order.

        Args:
            rec: what `make_record` makes of a query. It is called with `pre_filter` too where
                `search_image` was.
        """
        raise NotImplementedError

    def add_image(
        self,
        path: Any,
        img: Any = None,
        bytestream: bool = False,
        metadata: Any = None,
        refresh_after: bool = False,
    ) -> None:
        """Store a picture.

        Args:
            path: a path or URL; with `img` any text, to be stored in its place.
            img: the picture: a path, a URL, an array, or with `bytestream` the content of a file.
            bytestream: of `img`.
            metadata: to be given back with a hit.
            refresh_after: make it visible to everyone's searches at once.

        Raises:
            PictureError: the picture can't be read or decoded.
        """
        rec = make_record(path, self.gis, self.k, self.N, img, bytestream, metadata)
        # Backends that were written before these arguments were don't take them.
        options = {"refresh_after": True} if refresh_after else {}
        self.insert_single_record(rec, **options)

    def search_image(
        self,
        path: Any,
        all_orientations: bool = False,
        bytestream: bool = False,
        pre_filter: Any = None,
    ) -> list[Row]:
        """Find near copies of a picture.

        Args:
            path: a path, a URL, an array, or with `bytestream` the content of a file.
            all_orientations: also those that are mirrored, rotated by quarter turns or negative.
            bytestream: of `path`.
            pre_filter: handed on to the backend.

        Returns:
            What `search_single_record` returned, each 'id' once, the smallest 'dist' first.

        Raises:
            PictureError: the picture can't be read or decoded.
        """
        image = self.gis.preprocess_image(path, bytestream)
        options = {} if pre_filter is None else {"pre_filter": pre_filter}
        nearest: dict[Any, Row] = {}
        for orientation in orientations_of(all_orientations):
            view = np.ascontiguousarray(turned(image, orientation))
            if orientation.negative:
                view = -view
            rec = make_record("", self.gis, self.k, self.N, view)
            for row in self.search_single_record(rec, **options):
                known = nearest.setdefault(row["id"], row)
                if row["dist"] < known["dist"]:
                    nearest[row["id"]] = row
        return sorted(nearest.values(), key=itemgetter("dist"))
