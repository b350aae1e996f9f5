"""What is particular to an index in an SQLite file."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest
from imagematch_conformance.oracle import candidates
from imagematch_conformance.records import record

from imagematch_core.drivers import sqlite
from imagematch_core.drivers.sqlite import SQLiteDriver
from imagematch_core.errors import (
    ErrorKind,
    ForeignIndex,
    IndexLayoutError,
    InvalidTarget,
    StorageError,
)
from imagematch_core.protocol.driver import Driver
from imagematch_core.protocol.values import Query


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "index.db"


@pytest.fixture
def driver(file: Path) -> Iterator[Driver]:
    with opened(file) as driver:
        driver.create("{}")
        yield driver


def opened(file: Path, index: str = "images", timeout: float = 30.0) -> Driver:
    return SQLiteDriver.connect(f"sqlite:///{file}", index, timeout=timeout)


def python(code: str, *arguments: object) -> subprocess.Popen[str]:
    """A process of its own that runs `code`, with what the tests import, on `sys.argv[1:]`."""
    imports = (
        "import os, sys, time\n"
        "from imagematch_core.drivers.sqlite import SQLiteDriver\n"
        "from imagematch_core.protocol import Query\n"
        "from imagematch_core.errors import StorageError\n"
        "from imagematch_conformance.records import record\n"
    )
    return subprocess.Popen(
        [sys.executable, "-c", imports + code, *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )


def output(process: subprocess.Popen[str]) -> str:
    printed, _ = process.communicate()
    assert process.returncode == 0
    return printed


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///photos.db", "photos.db"),
        ("sqlite:///a%20b/c%3Fd%23e%25.db", "a b/c?d#e%.db"),
        ("sqlite:///a b/100%.db", "a b/100%.db"),
        ("sqlite:///😀.db", "😀.db"),
        ("sqlite:///%F0%9F%98%80.db", "😀.db"),
        ("sqlite:///~/x.db", "~/x.db"),
        ("sqlite:///a:b@c;d=e.db", "a:b@c;d=e.db"),
    ],
)
def test_a_url_names_a_file_below_the_working_directory(
    url: str, path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / path).parent.mkdir(exist_ok=True)
    with SQLiteDriver.connect(url, "images") as driver:
        monkeypatch.chdir("/")
        driver.create("{}")
        driver.put([record("a", [1])])
        assert driver.count() == 1
    assert (tmp_path / path).is_file()


def test_a_url_with_four_slashes_names_any_file(file: Path) -> None:
    with SQLiteDriver.connect(f"sqlite:///{file}", "images") as driver:
        driver.create("{}")
    assert file.is_file()


@pytest.mark.skipif(sys.platform != "linux", reason="file names are bytes on Linux only")
def test_a_file_name_need_not_be_utf_8(tmp_path: Path) -> None:
    name = tmp_path / os.fsdecode(b"caf\xe9.db")
    for url in (f"sqlite:///{name}", f"sqlite:///{quote(os.fsencode(name))}"):
        with SQLiteDriver.connect(url, "images") as driver:
            assert driver.create("{}") == "{}"
    assert os.listdir(os.fsencode(tmp_path)) == [b"caf\xe9.db"]
    with opened(tmp_path / os.fsdecode(b"\xff") / "x") as driver:
        with pytest.raises(StorageError) as caught:
            driver.create("{}")
        assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    "url",
    [
        "sqlite://",
        "sqlite:///",
        "sqlite://photos.db",
        "sqlite:///photos.db?mode=ro",
        "sqlite:///photos.db#x",
        "sqlite:///:memory:",
        "sqlite:///a%00b",
        "sqlite+other:///photos.db",
    ],
)
def test_other_urls_are_refused(url: str) -> None:
    with pytest.raises(InvalidTarget, match=r"sqlite:///photos\.db"):
        SQLiteDriver.connect(url, "images")


def test_asking_creates_no_file(file: Path) -> None:
    with opened(file) as driver:
        assert driver.info() is None
        driver.drop()
        for call in (driver.count, lambda: driver.put([record("a")])):
            with pytest.raises(StorageError, match="no file") as caught:
                call()
            assert caught.value.kind is ErrorKind.MISSING_INDEX
    with opened(file.parent / "nowhere" / "index.db") as driver:
        assert driver.info() is None
    assert list(file.parent.iterdir()) == []


def test_an_empty_file_is_a_fresh_one(file: Path) -> None:
    file.touch()
    with opened(file) as driver:
        assert driver.info() is None
        assert driver.create("{}") == "{}"


def test_closing_leaves_one_file(driver: Driver, file: Path) -> None:
    driver.put([record("a", [1])])
    driver.close()
    assert list(file.parent.iterdir()) == [file]


def failure(driver: Driver) -> StorageError:
    with pytest.raises(StorageError) as caught:
        driver.create("{}")
    return caught.value


def test_a_file_that_is_no_database_is_named_and_kept(file: Path) -> None:
    file.write_bytes(b"\xff\xd8\xff\xe0 not a database" * 100)
    with opened(file) as driver:
        for call in (driver.info, lambda: driver.create("{}"), driver.drop):
            with pytest.raises(
                StorageError, match=r"index\.db is not an SQLite database"
            ) as caught:
                call()
            assert caught.value.kind is ErrorKind.BAD_REQUEST
    assert file.read_bytes() == b"\xff\xd8\xff\xe0 not a database" * 100


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with opened(tmp_path) as driver:
        err = failure(driver)
        assert err.kind is ErrorKind.BAD_REQUEST
        assert "is a folder" in str(err)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with opened(tmp_path / "no such" / "index.db") as driver:
        err = failure(driver)
        assert err.kind is ErrorKind.BAD_REQUEST
        assert f"no folder {tmp_path / 'no such'}" in str(err)


def test_a_damaged_file_says_so(driver: Driver, file: Path) -> None:
    driver.put([record(f"{n:03}", range(60)) for n in range(900)])
    driver.close()
    with file.open("r+b") as raw:
        raw.seek(4096)
        raw.write(os.urandom(file.stat().st_size - 8192))
    with opened(file) as damaged, pytest.raises(StorageError, match="damaged") as caught:
        damaged.candidates([Query(tuple(range(60)))])
    assert caught.value.kind is ErrorKind.BAD_REQUEST


def test_a_full_disk_stores_nothing_of_the_batch(
    driver: Driver, monkeypatch: pytest.MonkeyPatch, file: Path
) -> None:
    driver.put([record("before", [1])])
    driver.close()
    connect = sqlite3.connect

    def connect_small(*arguments: object, **options: object) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*arguments, **options)  # type: ignore[call-overload]
        connection.execute("PRAGMA max_page_count = 30")
        return connection

    # SQLite reports its own limit on pages as it does a disk without space.
    monkeypatch.setattr(sqlite3, "connect", connect_small)
    with opened(file) as full:
        with pytest.raises(StorageError, match="no space") as caught:
            full.put([record(f"{n:03}", range(64)) for n in range(900)])
        assert caught.value.kind is ErrorKind.FULL
        assert full.count() == 1
        full.put([record("after", [1])])
        assert [hit.id for hit in full.candidates([Query((1,))])[0]] == ["after", "before"]


def test_a_locked_file_is_late_but_can_be_searched(file: Path, driver: Driver) -> None:
    driver.put([record("a", [1])])
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with driver.deadline(0.2), pytest.raises(StorageError, match="locked") as caught:
            driver.put([record("b", [1])])
        assert caught.value.kind is ErrorKind.TIMEOUT
        assert driver.info() == "{}"
        assert [hit.id for hit in driver.candidates([Query((1,))])[0]] == ["a"]
        other.execute("ROLLBACK")
    driver.put([record("b", [1])])
    assert driver.count() == 2


def test_a_search_ends_when_its_time_is_over(driver: Driver) -> None:
    driver.put([record(f"{n:03}", range(64)) for n in range(1000)])
    query = Query(tuple(range(64)))
    with driver.deadline(0), pytest.raises(StorageError, match="longer") as caught:
        driver.candidates([query] * 64)
    assert caught.value.kind is ErrorKind.TIMEOUT
    assert len(driver.candidates([query])[0]) == 1000


def test_a_put_that_runs_out_of_time_stores_nothing(driver: Driver) -> None:
    with driver.deadline(0), pytest.raises(StorageError) as caught:
        driver.put([record(f"{n:03}", range(64)) for n in range(1000)])
    assert caught.value.kind is ErrorKind.TIMEOUT
    assert driver.count() == 0
    assert driver.candidates([Query((1,))]) == [[]]


def test_a_file_that_was_deleted_is_missing(driver: Driver, file: Path) -> None:
    driver.put([record("a")])
    for leftover in file.parent.iterdir():
        leftover.unlink()
    for call in (lambda: driver.put([record("b")]), driver.count):
        with pytest.raises(StorageError, match="deleted or replaced") as caught:
            call()
        assert caught.value.kind is ErrorKind.MISSING_INDEX
    assert not file.exists()


def test_a_read_only_file_can_be_searched_but_not_written() -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        file = folder / "index.db"
        with opened(file) as driver:
            driver.create("{}")
            driver.put([record("a", [1])])
        file.chmod(0o444)
        folder.chmod(0o555)
        printed = output(
            python(
                # Nothing is read-only for root, who also owns what Python imports here.
                "driver = SQLiteDriver.connect(sys.argv[1], 'images')\n"
                "fresh = SQLiteDriver.connect(sys.argv[1] + '2', 'images')\n"
                "if os.getuid() == 0: os.setgid(65534); os.setuid(65534)\n"
                "print(driver.info(), driver.count(), driver.candidates([Query((1,))])[0][0].id)\n"
                "for call in (lambda: driver.put([record('b')]), lambda: driver.delete(['a']),\n"
                "             driver.drop):\n"
                "    try: call()\n"
                "    except StorageError as err: print(err.kind, err)\n"
                "try: fresh.create('{}')\n"
                "except StorageError as err: print(err.kind, err)\n",
                f"sqlite:///{file}",
            )
        ).splitlines()
        assert printed[0] == "{} 1 a"
        assert all(line.startswith(f"read-only {file} can't be written: ") for line in printed[1:4])
        assert printed[4] == f"denied this user may not create {file}2; choose another folder"
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


def test_a_table_of_a_stranger_is_left_alone(file: Path) -> None:
    names = ["imagematch_index_a", "imagematch_rec_b", "imagematch_words_c", "imagematch_tags_d"]
    with closing(sqlite3.connect(file)) as stranger:
        for name in names:
            stranger.execute(f"CREATE TABLE {name} (x)")
        stranger.execute("CREATE TABLE images (layout, info)")
        stranger.commit()
    before = file.read_bytes()
    for index in "abcd":
        with opened(file, index) as driver:
            assert driver.info() is None
            for call in (lambda: driver.create("{}"), driver.drop):
                with pytest.raises(ForeignIndex, match=f"_{index}"):
                    call()
    assert file.read_bytes() == before
    with opened(file) as driver:
        assert driver.create("{}") == "{}"
        driver.drop()
    with closing(sqlite3.connect(file)) as stranger:
        assert {name for (name,) in stranger.execute("SELECT name FROM sqlite_master")} == {
            *names,
            "images",
        }
        assert stranger.execute("PRAGMA journal_mode").fetchone() == ("delete",)


def test_a_layout_that_is_not_known_is_refused(driver: Driver, file: Path) -> None:
    with closing(sqlite3.connect(file)) as later:
        later.execute("ALTER TABLE imagematch_index_images ADD COLUMN more TEXT")
        later.execute("UPDATE imagematch_index_images SET layout = 2")
        later.commit()
    for call in (driver.info, lambda: driver.create("{}"), driver.drop):
        with pytest.raises(IndexLayoutError, match="layout 2, this driver reads layout 1"):
            call()


def test_a_file_in_utf_16_is_refused(file: Path) -> None:
    with closing(sqlite3.connect(file)) as stranger:
        stranger.execute("PRAGMA encoding = 'UTF-16'")
        stranger.execute("CREATE TABLE x (y)")
    with opened(file) as driver:
        err = failure(driver)
        assert err.kind is ErrorKind.BAD_REQUEST
        assert "UTF-16" in str(err)
        assert driver.info() is None


def test_words_that_stay_are_not_written_again(driver: Driver, file: Path) -> None:
    driver.put([record("a", [1, 2, 3], ["t"], b"1"), record("b", [1], ["t"], b"1")])
    with closing(sqlite3.connect(file)) as watcher:
        for table in ("words", "tags"):
            for event in ("INSERT", "DELETE"):
                watcher.execute(
                    f"CREATE TRIGGER {table}_{event} BEFORE {event} ON imagematch_{table}_images "
                    f"BEGIN SELECT RAISE(ABORT, '{table} {event}'); END"
                )
        watcher.commit()
        driver.put([record("a", [1, 2, 3], ["t"], b"2"), record("b", [1], ["t"], b"2")])
        with pytest.raises(sqlite3.IntegrityError, match="words DELETE"):
            driver.put([record("a", [1, 2], ["t"])])
    assert {found.signature for found in driver.get(["a", "b"])} == {b"2"}


def test_errors_of_sqlite_have_kinds() -> None:
    classify = SQLiteDriver.classify
    with closing(sqlite3.connect(":memory:")) as connection:
        for statement, kind in [
            ("SELECT * FROM imagematch_rec_gone", ErrorKind.MISSING_INDEX),
            ("SELECT * FROM nowhere", ErrorKind.BAD_REQUEST),
            ("SELEKT", ErrorKind.BAD_REQUEST),
            ("SELECT abs(-9223372036854775808)", ErrorKind.BAD_REQUEST),
        ]:
            with pytest.raises(sqlite3.Error) as caught:
                connection.execute(statement).fetchall()
            assert classify(caught.value) is kind
    with pytest.raises(sqlite3.ProgrammingError) as closed:
        connection.execute("SELECT 1")
    assert classify(closed.value) is ErrorKind.BAD_REQUEST


def test_creators_in_several_processes_get_one_text(file: Path) -> None:
    creators = [
        python(
            "driver = SQLiteDriver.connect(sys.argv[1], 'images')\n"
            "print('ready', flush=True)\n"
            "while not os.path.exists(sys.argv[2]): time.sleep(.001)\n"
            "print(driver.create(sys.argv[3]))\n",
            f"sqlite:///{file}",
            file.with_name("go"),
            number,
        )
        for number in range(4)
    ]
    for creator in creators:
        assert creator.stdout is not None
        assert creator.stdout.readline() == "ready\n"
    file.with_name("go").touch()
    assert len({output(creator) for creator in creators}) == 1


def test_creating_waits_for_another_writer(file: Path) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with opened(file, timeout=600) as driver, ThreadPoolExecutor(1) as pool:
            creating = pool.submit(driver.create, "{}")
            with pytest.raises(TimeoutError):
                creating.result(timeout=0.2)
            other.execute("ROLLBACK")
            assert creating.result() == "{}"


def test_processes_write_at_once(driver: Driver, file: Path) -> None:
    writers = [
        python(
            "driver = SQLiteDriver.connect(sys.argv[1], 'images')\n"
            "for n in range(30):\n"
            "    driver.put([record('shared', [int(sys.argv[2]), 1000 + n]),\n"
            "                record(f'{sys.argv[2]}-{n:02}', [int(sys.argv[2]), n + 10])])\n"
            "    if n % 3 == 0: driver.delete([f'{sys.argv[2]}-{n:02}'])\n",
            f"sqlite:///{file}",
            number,
        )
        for number in range(3)
    ]
    for writer in writers:
        output(writer)
    left = [
        record(f"{number}-{n:02}", [number, n + 10])
        for number in range(3)
        for n in range(30)
        if n % 3
    ]
    [last] = driver.get(["shared"])
    [found] = driver.candidates([Query(tuple(range(1100)))])
    [shared] = [hit for hit in found if hit.id == last.id]
    assert shared.shared == 2
    assert [hit for hit in found if hit != shared] == candidates(left, Query(tuple(range(1100))))
    assert driver.count() == 61


WRITER = (
    "from contextlib import nullcontext\n"
    "driver = SQLiteDriver.connect(sys.argv[1], 'images')\n"
    "with driver.loading() if len(sys.argv) > 2 else nullcontext():\n"
    "    for n in range(10**6):\n"
    "        driver.put([record(f'{n:06}-{k}', [n, 10**6 + k]) for k in range(3)])\n"
    "        print(n, flush=True)\n"
)


@pytest.mark.parametrize("loads", [False, True])
def test_what_was_acknowledged_survives_a_kill(driver: Driver, file: Path, loads: bool) -> None:
    writer = python(WRITER, f"sqlite:///{file}", *["loading"] * loads)
    assert writer.stdout is not None
    for _ in range(50):
        writer.stdout.readline()
    writer.send_signal(signal.SIGKILL)
    acknowledged = 50 + len(writer.communicate()[0].splitlines())
    count = driver.count()
    assert count in (3 * acknowledged, 3 * acknowledged + 3)
    records = [record(f"{n:06}-{k}", [n, 10**6 + k]) for n in range(count // 3) for k in range(3)]
    queries = [Query((7, 10**6 + 1), limit=10_000), Query((10**6 + 2,), limit=10_000)]
    answers = [candidates(records, query) for query in queries]
    assert driver.candidates(queries) == answers
    driver.put([record("after", [])])
    assert driver.candidates(queries) == answers
    with closing(sqlite3.connect(file)) as reader:
        [(words,)] = reader.execute("SELECT count(*) FROM imagematch_words_images")
    assert words == 2 * count


def test_loading_indexes_words_when_it_ends(driver: Driver, file: Path) -> None:
    def words() -> int:
        with closing(sqlite3.connect(file)) as reader:
            [(count,)] = reader.execute("SELECT count(*) FROM imagematch_words_images")
        return int(count)

    with driver.loading():
        driver.put([record(f"{n:03}", [n, n + 1]) for n in range(100)])
        assert words() == 0
    assert words() == 200


def test_a_put_without_time_to_finish_a_loading_leaves_search_exact(
    driver: Driver, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = [record("a", [1, 2]), record("b", [2, 3]), record("c", [3, 4])]
    with opened(file) as other, driver.loading():
        driver.put(records[:1])
        monkeypatch.setattr(other, "_finish_loading", lambda: None)
        other.put(records[1:2])
        driver.put(records[2:])
        query = Query((1, 2, 3))
        assert other.candidates([query]) == [candidates(records, query)]
        other.delete(["a"])
    assert driver.candidates([query]) == [candidates(records[1:], query)]


def test_many_threads_leave_nothing_open(driver: Driver, file: Path) -> None:
    driver.put([record("a", [1])])
    with ThreadPoolExecutor(40) as pool:
        assert set(pool.map(lambda _: driver.count(), range(400))) == {1}
    driver.close()
    if Path("/proc/self/fd").exists():
        links = [os.readlink(link) for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
        assert str(file) not in links


def test_whatever_stands_where_the_file_should_is_named(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for path in (tmp_path / "loop", tmp_path / ("x" * 300), tmp_path / "nowhere" / "x"):
        with opened(path) as driver:
            assert path.name in str(failure(driver))


def test_a_page_is_looked_up_where_the_one_before_it_ended(driver: Driver, file: Path) -> None:
    """Not walked to from the beginning, so that a scan doesn't take the square of its pages."""
    statement = sqlite._SQL["scan"].replace("{index}", "images")
    values = {"after": "a", "limit": 10, "tags": "[]", "tag_count": 0}
    with closing(sqlite3.connect(file)) as connection:
        plan = connection.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()
    assert "SEARCH found USING INDEX" in plan[0][3]


def test_optimizing_gives_space_back(driver: Driver, file: Path) -> None:
    with driver.loading():
        driver.put([record(f"n{number:04}", [number, 5]) for number in range(1_000)])
    driver.delete([f"n{number:04}" for number in range(900)])
    before = sum(one.stat().st_size for one in file.parent.iterdir())
    driver.optimize()
    assert sum(one.stat().st_size for one in file.parent.iterdir()) < before / 2
    assert [one.id for one in driver.candidates([Query((5,))])[0]] == [
        f"n{number:04}" for number in range(900, 1_000)
    ]


def test_optimizing_leaves_the_rows_of_others_as_they_are(driver: Driver, file: Path) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE mine (text)")
        connection.executemany("INSERT INTO mine VALUES (?)", [(str(n),) for n in range(10)])
        connection.execute("DELETE FROM mine WHERE rowid < 5")
    connection.close()
    driver.optimize()
    with sqlite3.connect(file) as connection:
        assert connection.execute("SELECT min(rowid) FROM mine").fetchone() == (5,)
    connection.close()


def test_optimizing_ends_when_its_time_is_over(driver: Driver) -> None:
    driver.put([record(f"n{number:04}", range(number, number + 60)) for number in range(1_000)])
    with driver.deadline(0), pytest.raises(StorageError) as caught:
        driver.optimize()
    assert caught.value.kind is ErrorKind.TIMEOUT
