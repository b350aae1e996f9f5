"""One run at a time: two that keep different copies of a group would keep none."""

from collections.abc import Iterator
from contextlib import contextmanager

from platformdirs import user_state_path

from ..errors import ActionLogError, ActionsBusy
from ..sources.naming import named


@contextmanager
def alone() -> Iterator[None]:
    """Keep this user's other runs from acting meanwhile.

    Raises:
        ActionsBusy: one of them is.
        ActionLogError: the user's state folder can't be written.
    """
    from filelock import FileLock, Timeout  # noqa: PLC0415 - slow to import

    path = user_state_path("imagematch", ensure_exists=False) / "acting.lock"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = FileLock(path).acquire(timeout=0)
    except Timeout as err:
        raise ActionsBusy(
            "another imagematch is acting on files: run it again when that one is done"
        ) from err
    except OSError as err:
        raise ActionLogError(f"{named(path)} can't be written: {err.strerror}") from err
    with lock:
        yield
