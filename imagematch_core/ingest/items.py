"""Turn what users ask to add into what is stored of it."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any, cast

from ..errors import ArgumentError, EntryExists, UnsupportedPicture
from ..matching.comparing import signature_for
from ..model import Metadata, Orientation, Signature
from ..protocol.values import Record, Stored
from ..records.bodies import load_body, new_body, to_record, with_changes, with_words
from ..records.identity import check_id, check_path, id_of_digest, id_of_path, revision
from ..records.metadata import check_metadata
from ..signatures.algorithm import DEFAULT_LEVEL, Algorithm
from ..sources import PictureLike, Source, source_of
from ..sources.limits import Limits
from ..sources.source import Array, state_of_content
from .prepared import PreparedPicture, own_id_of
from .signing import Signed, SigningRequest, Unchanged


@dataclass(frozen=True, slots=True)
class Item:
    """A picture to add, with what is to be stored beside it.

    Attributes:
        source: a path, URL, bytes, binary file object, Pillow image, array or `Signature`.
        id: instead of the one made from the path, or from the content where there is no path.
        path: instead of the source's own.
        metadata: a mapping that JSON can hold; None keeps what is stored.
        replace: False refuses it with `EntryExists` where the index holds its id.
    """

    source: PictureLike | Signature | PreparedPicture
    id: str | None = None
    path: str | None = None
    metadata: Metadata | None = None
    replace: bool = True


@dataclass(frozen=True, slots=True)
class ResolvedItem:
    """An item, with all that can be told of it before its picture is opened.

    Attributes:
        item: as users gave it.
        picture: to be opened in any process; or what needs no opening.
        id: under which it is stored.
        path: under which it is stored, '' for none.
        metadata: checked; None keeps what is stored.
        revision: by which a change is noticed; None where the content must be fetched first.
    """

    item: Item
    picture: Source | Signature | PreparedPicture
    id: str
    path: str
    metadata: dict[str, Any] | None
    revision: str | None

    @property
    def size_in_memory(self) -> int:
        """Return about how many bytes it holds before it is decoded."""
        return self.picture.size_in_memory if isinstance(self.picture, Source) else 0

    def same_as(self, other: "ResolvedItem") -> bool:
        """Return whether storing one after the other changes nothing."""
        return (
            self.item.replace
            and (self.path, self.revision) == (other.path, other.revision)
            and (self.metadata is None or self.metadata == other.metadata)
        )


def check_is_many(sources: object) -> None:
    """Raise `ArgumentError` if one picture is given in place of many. An array may be many."""
    if isinstance(sources, Iterable) and not isinstance(
        sources, Item | Signature | PreparedPicture
    ):
        try:
            if isinstance(source_of(cast("PictureLike", sources)), Array):
                return
        except UnsupportedPicture:
            return
    raise ArgumentError(
        f"give any number of pictures, such as a list; one {type(sources).__name__} is none: "
        "put it into a list"
    )


class Recorder:
    """The choice of what is written to an index of `algorithm`.

    Args:
        algorithm: that signs.
        limits: bounds on what is read and decoded for one picture.
        orientations: those whose views are wanted of each picture too.
        thorough: the level of these views.

    Attributes:
        replacing: held while a record is read and replaced by one that keeps a part of it.
    """

    def __init__(
        self,
        algorithm: Algorithm,
        limits: Limits,
        orientations: Sequence[Orientation] = (),
        thorough: int = DEFAULT_LEVEL,
    ) -> None:
        self.replacing = Lock()
        self._algorithm = algorithm
        self._limits = limits
        self._orientations = orientations
        self._thorough = thorough

    def resolve(self, item: Item) -> ResolvedItem:
        """Decide id, path and revision; a file object is read, a local file only looked up.

        Raises:
            ItemError: an id, path or metadata that can't be stored.
            PictureError: a file object that can't be read.
            AlgorithmError: a signature that is not of the index's algorithm.
        """
        picture: Source | Signature | PreparedPicture
        if isinstance(item.source, PreparedPicture):
            picture = item.source
            signature_for(self._algorithm, picture.signature)
            state: str | None = picture.state
            own_path, own_id = check_path(picture.path), picture.id
        elif isinstance(item.source, Signature):
            picture = item.source
            known = signature_for(self._algorithm, picture)
            digest = hashlib.sha256(
                known.algorithm.encode() + b"\0" + known.data + known.detail
            ).hexdigest()
            state = state_of_content(digest)
            own_path, own_id = "", id_of_digest(digest)
        else:
            picture = source_of(item.source).held(self._limits)
            state = self.state(picture)
            own_path = check_path(picture.path)
            own_id = own_id_of(picture)
        if item.id is not None:
            own_id = check_id(item.id)
        elif item.path:
            own_id = id_of_path(check_path(item.path))
        return ResolvedItem(
            item,
            picture,
            own_id,
            own_path if item.path is None else check_path(item.path),
            None if item.metadata is None else check_metadata(item.metadata),
            state and revision(self._algorithm.signature_format, state),
        )

    def state(self, picture: Source) -> str | None:
        """Return a text that changes with a picture; None where only its content tells."""
        return picture.state()

    def request(
        self, item: ResolvedItem, stored: Stored | None
    ) -> SigningRequest | Signed | Unchanged:
        """Return what there is to sign, or, where the picture need not be opened, its outcome.

        Raises:
            EntryExists: something is stored, and it is not to be replaced.
        """
        _check_replaceable(item, stored)
        known = load_body(stored)["revision"] if stored else None
        if stored and known == item.revision:
            return Unchanged()
        if isinstance(item.picture, Signature):
            return Signed(item.picture, (), None, item.revision or "")
        if isinstance(item.picture, PreparedPicture):
            of = item.picture
            return Signed(of.signature, (), of.picture, item.revision or "")
        return SigningRequest(
            item.picture,
            self._algorithm.name,
            self._limits,
            item.revision,
            known,
            self._orientations,
            self._thorough,
        )

    def record(
        self, item: ResolvedItem, outcome: Signed | Unchanged, stored: Stored | None
    ) -> Record | None:
        """Return what is to be written in place of `stored`, without words; None if it is there.

        Raises:
            EntryExists: something is stored, and it is not to be replaced.
            ItemError: path and metadata are longer than a body may be, or have too many tags.
        """
        _check_replaceable(item, stored)
        if isinstance(outcome, Signed):
            previous = load_body(stored) if stored else None
            return to_record(item.id, outcome.signature.data, self.body(item, outcome, previous))
        if stored is None:
            return None  # deleted since it was compared
        body = load_body(stored)
        metadata = body["metadata"] if item.metadata is None else item.metadata
        if (body["path"], body["metadata"]) == (item.path, metadata):
            return None
        return with_changes(stored, {"path": item.path, "metadata": metadata})

    def body(
        self, item: ResolvedItem, signed: Signed, previous: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        """Return the body of a picture that was just signed, replacing the body `previous`."""
        return new_body(
            item.path,
            item.metadata,
            signed.revision,
            signed.picture,
            previous,
            signed.signature.detail,
        )

    def with_words(self, records: Sequence[Record]) -> list[Record]:
        """Return the records with the words by which they are found."""
        return with_words(self._algorithm, records)


def _check_replaceable(item: ResolvedItem, stored: Stored | None) -> None:
    if stored and not item.item.replace:
        raise EntryExists(item.id)
