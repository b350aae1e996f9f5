"""image-match's methods on an index of imagematch."""

import os
import warnings
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, ClassVar
from uuid import uuid4

import numpy as np

from ..drivers.registry import scheme_of
from ..errors import (
    ArgumentError,
    ErrorKind,
    FeaturelessImage,
    ForeignIndex,
    IndexNotFound,
    StorageError,
)
from ..index import Index, open_index
from ..model import Metadata, Signature
from ..protocol.values import MAX_CANDIDATES
from ..signatures.goldberg1 import Goldberg1
from ..signatures.goldberg1.packing import pack
from ..signatures.goldberg1.parameters import Parameters
from .database import Row, SignatureDatabaseBase
from .filters import where_of
from .metadata import unwrapped, wrapped
from .readers import reader_of
from .records import LegacyRecord

_ALGORITHM = Goldberg1.name
_FIXED = {"k": 16, "N": 63, "n_grid": 9, "crop_percentile": (5, 95)}
_FIXED_OF_SIGNATURES = asdict(Parameters())


class IndexedSignatures(SignatureDatabaseBase):
    """The common base of `SignatureES` and `SignatureMongo`.

    Attributes:
        imagematch: the index that the pictures are in.
    """

    imagematch: Index

    _doc_type: str | None = None
    """Below which Elasticsearch's queries may name the fields of the metadata."""

    _gone: ClassVar[Mapping[str, str]] = {}
    """Attributes of image-match's class by which its users asked the database themselves, with
    what holds the pictures now in their place."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for holder, fixed in ((self, _FIXED), (self.gis, _FIXED_OF_SIGNATURES)):
            for name, value in fixed.items():
                given = getattr(holder, name)
                if (tuple(given) if isinstance(given, list) else given) != value:
                    raise ArgumentError(
                        f"{type(self).__name__} takes {name}={value!r} only, not {given!r}: the "
                        "index holds signatures and words made so. Other ones can be compared "
                        "with ImageSignature, or stored by a SignatureDatabaseBase of your own"
                    )

    def __getattr__(self, name: str) -> Any:
        kind = type(self).__name__
        if name not in self._gone:
            raise AttributeError(f"{kind!r} object has no attribute {name!r}", name=name, obj=self)
        raise AttributeError(
            f"{kind} has no {name!r} any more: {self._gone[name]} holds none of these pictures. "
            f"Ask {kind}.imagematch, whose count(), entries() and delete() take path= and where=",
            name=name,
            obj=self,
        )

    def __getstate__(self) -> object:
        raise TypeError(
            f"{type(self).__name__} can't be handed to other processes; imagematch.add_many(paths) "
            "of it signs in all cores, and each process may open its own"
        )

    def insert_single_record(self, rec: LegacyRecord, refresh_after: bool = False) -> None:
        """Store what `make_record` made, under a new id.

        A picture without features is left out, with a warning: it would never be found.

        Raises:
            ItemError: path or metadata can't be stored.
            ArgumentError: `rec` has a key that image-match does not make.
            StorageError: the database failed.
        """
        for key in rec:
            if key not in ("path", "signature", "metadata", "timestamp") and not key.startswith(
                "simple_word_"
            ):
                raise ArgumentError(f"a record has no {key!r}: put it into the metadata")
        signature = _signature(rec)
        if signature is None:
            warnings.warn(
                f"{rec['path']!r} is flat: it could never be found, and was not stored",
                stacklevel=3,
            )
            return
        metadata = wrapped(rec.get("metadata"))
        self.imagematch.add(signature, id=uuid4().hex, path=rec["path"], metadata=metadata)
        if refresh_after:
            self.imagematch.refresh()

    def search_single_record(self, rec: LegacyRecord, pre_filter: Any = None) -> list[Row]:
        """Find near copies by what `make_record` made.

        Raises:
            FilterError: `pre_filter` is invalid.
            StorageError: the database failed.
        """
        where = self._where(pre_filter)
        signature = _signature(rec)
        return [] if signature is None else self._search(signature, where)

    def search_image(
        self,
        path: Any,
        all_orientations: bool = False,
        bytestream: bool = False,
        pre_filter: Any = None,
    ) -> list[Row]:
        """Find near copies of a picture; none of one that has no features.

        Args:
            path: a path, a URL, an array, or with `bytestream` the content of a file.
            all_orientations: also those that are mirrored, rotated by quarter turns or negative.
            bytestream: of `path`.
            pre_filter: metadata that hits must have, as {'artist': 'Leonardo'}; a list means any
                of its values. Elasticsearch's `term` and `terms` of metadata are understood too.

        Returns:
            By distance, then id: 'dist', 'id', 'path', 'metadata', and 'score', the number of
            words that the hit shares with the query. A warning tells where 10,000 records shared
            some, which is as many as are measured.

        Raises:
            PictureError: the picture can't be read or decoded.
            FilterError: `pre_filter` is invalid.
            StorageError: the database failed.
        """
        where = self._where(pre_filter)
        try:
            return self._search(_source(path, bytestream), where, all_orientations)
        except FeaturelessImage:
            return []

    def delete_duplicates(self, path: str) -> None:
        """Of all records with this path leave the one that was added first.

        Raises:
            StorageError: the database failed.
        """
        found = self.imagematch.entries(path=path)
        same = sorted(found, key=lambda entry: (entry.added_at, entry.id))
        self.imagematch.delete(entry.id for entry in same[1:])

    def _open(
        self, target: Any, name: str, index: str, timeout: float, source: str, to: str
    ) -> None:
        """Open the index, unless there is one of image-match's own that should be imported.

        Args:
            target: a client object that the driver takes.
            name: of what image-match would have stored in.
            source: the URL of what would be imported, to show how.
            to: the URL of its database.
        """
        try:
            self.imagematch = open_index(
                target, index=index, algorithm=_ALGORITHM, create=False, timeout=timeout
            )
        except IndexNotFound:
            if _is_legacy(target, name, scheme_of(to), timeout):
                raise ForeignIndex(
                    f"{name!r} was made by image-match. Import it, which reads no picture and "
                    f"leaves it as it is: imagematch import-legacy {source} "
                    f"--to {to} --index {index}"
                ) from None
            self.imagematch = open_index(target, index=index, algorithm=_ALGORITHM, timeout=timeout)

    def _where(self, pre_filter: Any) -> Metadata | None:
        return where_of(pre_filter, self._doc_type or "image")

    def _search(
        self, source: Any, where: Metadata | None, all_orientations: bool = False
    ) -> list[Row]:
        hits = self.imagematch.search(
            source,
            cutoff=min(self.distance_cutoff, 1.0),
            candidates=MAX_CANDIDATES,
            where=where,
            all_orientations=all_orientations,
        )
        if hits.truncated:
            warnings.warn(
                f"{MAX_CANDIDATES:,} records share words with the query, which is as many as are "
                "measured: there may be more hits",
                stacklevel=3,
            )
        return [
            {
                "dist": hit.distance,
                "id": hit.id,
                "path": hit.path,
                "score": hit.score,
                "metadata": unwrapped(hit.metadata),
            }
            for hit in hits
        ]


def _is_legacy(target: Any, name: str, scheme: str, timeout: float) -> bool:
    try:
        with reader_of(target, name, scheme=scheme, timeout=timeout) as reader:
            return reader.is_legacy()
    except StorageError as err:
        # What we may not see we have not used: rights on our own index are enough.
        if err.kind is not ErrorKind.DENIED:
            raise
        return False


def _source(path: Any, bytestream: bool) -> Any:
    """Return a picture as image-match takes it → as the index takes it."""
    if bytestream:
        if not isinstance(path, bytes | bytearray | memoryview):
            raise TypeError(f"with bytestream=True give the bytes of a file, not {type(path)}")
        return path
    return os.fsdecode(path) if isinstance(path, bytes) else path


def _signature(rec: LegacyRecord) -> Signature | None:
    """Return the signature in a record; None of a picture without features."""
    entries = np.asarray(rec["signature"]).astype(np.int8)
    return Signature(_ALGORITHM, pack(entries)) if entries.any() else None
