"""Opening an index, which creates it if it is absent."""

from contextlib import closing
from typing import Any

from ..errors import AlgorithmError, IndexNotFound
from ..records.bodies import dump_info, load_info
from ..signatures import get_algorithm
from ..sources.limits import Limits
from ..store import Store
from ..telemetry import SLOW_SECONDS
from .index import Index


def open_index(
    target: Any,
    *,
    index: str = "images",
    algorithm: str | None = None,
    create: bool = True,
    auto_refresh: bool = True,
    limits: Limits = Limits(),
    timeout: float = 30.0,
    slow_seconds: float = SLOW_SECONDS,
    **driver_options: Any,
) -> Index:
    """Open an index, creating it if it is absent.

    Args:
        target: a storage URL such as 'sqlite:///photos.db', or a client object of a database
            whose driver takes one.
        index: the name of the index, `[a-z][a-z0-9_-]{0,39}`; one database holds many.
        algorithm: of a new index; without it the best. An existing index keeps its own, and
            another one given here is an error.
        create: False raises `IndexNotFound` if there is no index.
        auto_refresh: whether a search sees what this index wrote before. With False it is sure to
            see only what was written before the last `refresh()`.
        limits: bounds on what is read and decoded for one picture.
        timeout: seconds for one call to the database, retries included.
        slow_seconds: a call to the database that takes longer is logged as slow.
        driver_options: options of the driver; they override those in the URL.

    Raises:
        ArgumentError: `timeout` or `slow_seconds` is not a positive number.
        DriverError: there is no driver for the target.
        AlgorithmError: the algorithm is unknown, or not the one that the index holds.
        IndexNotFound, ForeignIndex, IndexFormatError, IndexLayoutError: the index can't be opened.
        StorageError: the database can't be reached, or refuses access.
    """
    wanted = get_algorithm(algorithm)
    store = Store.open(
        target,
        index,
        timeout=timeout,
        auto_refresh=auto_refresh,
        slow_seconds=slow_seconds,
        **driver_options,
    )
    try:
        text = store.info()
        if text is None:
            if not create:
                raise IndexNotFound(f"{store.target} has no index {index!r}")
            text = store.create(dump_info(wanted.name))
        info = load_info(text)
        if algorithm is not None and info.algorithm != wanted.name:
            raise AlgorithmError(
                f"index {index!r} holds signatures of {info.algorithm!r}, not of {wanted.name!r}: "
                "open it without algorithm=, or choose another index name"
            )
        return Index(store, index, info, limits)
    except BaseException:
        store.close()
        raise


def ddl(
    target: Any, *, index: str = "images", algorithm: str | None = None, **driver_options: Any
) -> str:
    """Return the statements that create an index, for migrations of one's own.

    The database is not asked. Once it has run them, `open(…, create=False)` needs no right to
    create anything.

    Args:
        target: as for `open`.
        index: the name of the index.
        algorithm: of the index; without it the best.
        driver_options: as for `open`.

    Raises:
        ArgumentError: the database has no such statements, as MongoDB and Elasticsearch.
        DriverError: there is no driver for the target.
        AlgorithmError: the algorithm is unknown.
    """
    info = dump_info(get_algorithm(algorithm).name)
    with closing(Store.open(target, index, **driver_options)) as store:
        return store.ddl(info)
