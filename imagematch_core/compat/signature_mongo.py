"""image-match's class for MongoDB."""

import warnings
from typing import Any, ClassVar

from ..drivers.registry import describe_target
from ..errors import InvalidTarget
from .indexed import IndexedSignatures
from .names import index_name

_TIMEOUT = 30.0


class SignatureMongo(IndexedSignatures):
    """Stores and searches pictures in MongoDB, through an index of imagematch.

    A warning tells that the collection itself holds none of them.

    Args:
        collection: a `pymongo.collection.Collection`, which stays yours. The index is in its
            database, under its name, in collections of its own.
        args: k, N, n_grid, crop_percentile and distance_cutoff, as for `SignatureDatabaseBase`.
        kwargs: these by name. Only `distance_cutoff` can be changed.

    Raises:
        ArgumentError: an argument would change signatures or words, or is out of range.
        ForeignIndex: image-match filled the collection: it must be imported first.
        DriverError: the driver for MongoDB is not installed.
        StorageError: the database can't be reached, or refuses access.
    """

    _gone: ClassVar = {"collection": "image-match's collection in MongoDB"}

    def __init__(self, collection: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if type(collection).__name__ != "Collection":
            raise InvalidTarget(f"give a collection of pymongo, not {describe_target(collection)}")
        name, database = collection.name, collection.database
        server = f"mongodb://HOST/{database.name}"
        self._open(database, name, index_name(name), _TIMEOUT, f"{server}.{name}", server)
        warnings.warn(
            f"the collection {name!r} itself holds none of these pictures, so queries of your own "
            "find nothing in it: ask the attribute imagematch in their place",
            stacklevel=2,
        )

    def index_collection(self) -> None:
        """Do nothing: the index is made when it is opened."""
        warnings.warn(
            "index_collection() does nothing any more and can go: opening makes the index",
            DeprecationWarning,
            stacklevel=2,
        )
