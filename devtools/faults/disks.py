"""Disks that are full, or take no writes. They are small file systems in memory, made by root."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from unittest.mock import patch

import imagematch_core as imagematch
from devtools.faults.tally import Tally
from devtools.faults.traffic import INDEX, check, item, name, signature
from devtools.servers import private
from imagematch_core import ErrorKind, Item

BATCH = 20
FILLER_BYTES = 40_000
BATCHES = 400


def run(*, short: bool) -> Iterator[Tally]:
    """Yield a row for each database that stores on a disk of ours."""
    if os.geteuid():
        return  # only root can make a small disk
    yield _sqlite()
    if not short:
        yield _postgresql()
    yield _read_only()


def _sqlite() -> Tally:
    tally = Tally("sqlite: a full disk")
    with _disk(16) as disk:
        url = f"sqlite:///{disk}/full.db"
        _fill(url, disk, tally)
    return tally


def _postgresql() -> Tally:
    tally = Tally("postgresql: a full disk")
    with (
        _disk(160) as disk,
        patch.object(tempfile, "tempdir", str(disk)),
        private("postgresql") as server,
    ):
        _fill(server.url, disk, tally)
    return tally


def _fill(url: str, disk: Path, tally: Tally) -> None:
    """Add until the disk is full, and complete the set on a larger one."""
    acknowledged: set[int] = set()
    tried = 0
    with imagematch.open(url, index=INDEX, timeout=10.0) as index:
        for _ in range(BATCHES):
            numbers = range(tried, tried + BATCH)
            tried += BATCH
            before = len(acknowledged)
            with tally.judged():
                try:
                    report = index.add_many([_large(number) for number in numbers], workers=1)
                except imagematch.StorageError as err:
                    tally.expect(err.kind is ErrorKind.FULL, f"{err.kind}: {err}")
                    raise
                failed = {one.id for one, _ in report.failed}
                acknowledged |= {number for number in numbers if name(number) not in failed}
            if len(acknowledged) == before:
                break
        tally.tried += 1
        tally.expect(len(acknowledged) == before, "the disk never was full")
        for number in sorted(acknowledged)[:20]:
            with tally.judged():
                found = [hit.id for hit in index.search(signature(number))]
                tally.expect(found == [name(number)], f"not found on a full disk: {found}")
    _mount(disk, "remount,size=4g")
    check(url, acknowledged, tried, tally)


def _large(number: int) -> Item:
    filler = os.urandom(FILLER_BYTES // 2).hex()
    return Item(signature(number), id=name(number), metadata={"filler": [filler]})


def _read_only() -> Tally:
    tally = Tally("sqlite: a disk that takes no writes")
    with _disk(16) as disk:
        url = f"sqlite:///{disk}/kept.db"
        numbers = range(100)
        with imagematch.open(url, index=INDEX) as index:
            index.add_many(map(item, numbers), workers=1)
        _mount(disk, "remount,ro")
        with tally.judged(), imagematch.open(url, index=INDEX) as index:
            for number in numbers:
                with tally.judged():
                    found = [hit.id for hit in index.search(signature(number))]
                    tally.expect(found == [name(number)], f"not found: {found}")
                for write in (
                    partial(index.add, signature(10_000), id="new"),
                    partial(index.delete, name(number)),
                    partial(index.update, name(number), {"a": 1}),
                ):
                    tally.tried += 1
                    raised = tally.raised
                    with tally.judged():
                        write()
                    tally.expect(tally.raised == raised + 1, "a write that said nothing")
        _mount(disk, "remount,rw")
        check(url, set(numbers), len(numbers), tally)
    return tally


@contextmanager
def _disk(megabytes: int) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=1777", "tmpfs", folder],
            check=True,
        )
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)


def _mount(disk: Path, options: str) -> None:
    subprocess.run(["mount", "-o", options, str(disk)], check=True)
