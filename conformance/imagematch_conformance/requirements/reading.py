"""`get`, `delete`, `scan`, `count`, `refresh`."""

from imagematch_core.protocol import MAX_BATCH_RECORDS, MAX_BODY_BYTES, Driver, Query, Record

from .. import oracle
from ..bench import Bench, everything, ids_found, put, stored
from ..describing import check_same
from ..records import numbered, record
from ..requirement import requirement
from .fixtures import CROWD, Fixtures


class Reading(Fixtures):
    """Reading by id and in id order, deleting, counting."""

    @requirement("GET-002", fix="Answer in the order of the ids asked, not in the database's.")
    def test_get_answers_in_the_order_asked(self, index: Driver) -> None:
        """`get` returns records in the order asked and leaves out those that are not there."""
        records = numbered(10)
        put(index, records)
        asked = ["n000007", "no such id", "n000002", "n00000", "n000009", "N000001"]
        assert index.get(asked) == stored([records[7], records[2], records[9]])
        assert index.get(["no such id"]) == []
        assert index.get([]) == []

    @requirement("GET-003", fix="Pass ids as an array, or ask in several statements.")
    def test_get_takes_a_thousand_ids(self, index: Driver) -> None:
        """`get` answers for 1,000 ids of 512 bytes."""
        records = [record(one.id.ljust(512, "x")) for one in numbered(MAX_BATCH_RECORDS)]
        put(index, records)
        ids = [one.id for one in reversed(records)]
        check_same(index.get(ids), stored(records[::-1]))

    @requirement("DELETE-001", fix="Count what was there, and delete words and tags too.")
    def test_delete_removes_and_counts(self, index: Driver) -> None:
        """`delete` removes exactly these ids, returns how many existed, and nothing finds them
        afterwards."""
        records = numbered(10)
        put(index, records)
        gone = ["n000003", "n000004", "n00000", "no such id"]
        assert index.delete(sorted(gone)) == 2
        assert index.get(gone) == []
        index.refresh()
        left = records[:3] + records[5:]
        assert everything(index) == stored(left)
        assert ids_found(index, [1]) == [one.id for one in left]
        assert index.count() == 8
        assert index.delete(sorted(gone)) == 0
        assert index.delete([]) == 0

    @requirement("DELETE-002", fix="Pass ids as an array, or delete in several statements.")
    def test_delete_takes_a_thousand_ids(self, index: Driver) -> None:
        """`delete` removes 1,000 records in one call, and the index is empty again."""
        records = numbered(MAX_BATCH_RECORDS)
        put(index, records)
        assert index.delete([one.id for one in records]) == MAX_BATCH_RECORDS
        index.refresh()
        assert (index.count(), everything(index), ids_found(index, [1])) == (0, [], [])

    @requirement("DELETE-003", fix="A deleted record leaves nothing that a new one would inherit.")
    def test_a_deleted_record_can_be_put_again(self, index: Driver) -> None:
        """A record put again after its deletion has its new words and tags only."""
        put(index, [record("a", [1, 2], ["x"], b"old")])
        index.delete(["a"])
        put(index, [record("a", [2, 3], ["y"], b"new")])
        answers = index.candidates([Query((1,)), Query((2,), ("x",)), Query((2, 3), ("y",))])
        assert [[(one.shared, one.signature) for one in answer] for answer in answers] == [
            [],
            [],
            [(2, b"new")],
        ]
        assert index.count() == 1

    @requirement("SCAN-001", fix="Order by id, begin strictly after 'after', stop at the limit.")
    def test_scan_turns_pages(self, index: Driver) -> None:
        """Pages of any size, one after the other, give every record once, in id order; `after`
        need not exist; after the last comes an empty page."""
        records = numbered(25)
        put(index, records)
        for size in (1, 2, 24, 25, 26, 1_000):
            check_same(everything(index, size), stored(records), f"pages of {size}")
        assert [one.id for one in index.scan("n000007", 2)] == ["n000008", "n000009"]
        assert [one.id for one in index.scan("n0000075", 2)] == ["n000008", "n000009"]
        assert index.scan("n000024", 10) == index.scan("\U0010ffff", 10) == []
        assert [one.id for one in index.scan("", 1)] == ["n000000"]

    @requirement("SCAN-002", fix="Page by the last id, not by an offset or a bounded cursor.")
    def test_scan_goes_past_ten_thousand(self, crowd: Driver) -> None:
        """A scan meets all of 12,000 records."""
        check_same(everything(crowd), stored(CROWD))

    @requirement("SCAN-003", fix="Apply the tags before the limit of the page.")
    def test_scan_filters_by_tags(self, index: Driver, crowd: Driver) -> None:
        """A scan with tags meets exactly the records that carry all of them, in full pages."""
        tenth = [one for one in CROWD if "tenth" in one.tags]
        check_same(everything(crowd, 100, ["tenth"]), stored(tenth))
        assert len(crowd.scan(None, 100, ["tenth"])) == 100
        assert crowd.scan(None, 100, ["odd", "tenth"]) == []
        assert len(crowd.scan("c05000", 1_000, ["all", "odd"])) == 1_000
        assert crowd.scan(None, 100, ["no such tag"]) == []
        assert index.scan(None, 1_000) == []

    @requirement("SCAN-004", fix="A page may end early, but never with nothing while more follows.")
    def test_scan_of_large_bodies(self, index: Driver) -> None:
        """Twelve bodies of 1 MiB are read by one scan, in as many pages as it takes."""
        records = [
            record(f"l{number:02}", body='"' + "x" * (MAX_BODY_BYTES - 2) + '"')
            for number in range(12)
        ]
        put(index, records[:6])
        put(index, records[6:])
        check_same(everything(index), stored(records))

    @requirement(
        "COUNT-001",
        fix="Count exactly, each time: no estimate, no bound, no number that is kept beside.",
    )
    def test_count_is_exact(self, index: Driver, crowd: Driver) -> None:
        """`count` is exact: empty, beyond 10,000, after replacing and after deleting, again and
        again, for records of very different sizes."""
        assert index.count() == 0
        assert crowd.count() == len(CROWD)
        records = [
            record(one.id, body=f'"{"x" * (20_000 if number % 40 == 0 else number % 300)}"')
            for number, one in enumerate(numbered(2_000))
        ]
        ids = [one.id for one in records]
        for turn in range(4):
            put(index, records)
            put(index, records[:300])
            assert index.count() == len(records)
            gone = sorted([*ids[turn :: 3 + turn], "no such id"])
            deleted = sum(index.delete(gone[at : at + 1_000]) for at in range(0, len(gone), 1_000))
            assert deleted == len(gone) - 1
            index.refresh()
            assert index.count() == len(records) - deleted
        check_same([one.id for one in everything(index)], sorted({*ids} - {*gone}))
        assert crowd.count() == len(CROWD)

    @requirement(
        "REFRESH-001",
        fix="'refresh' makes all acknowledged writes visible, whoever made them; drop what an "
        "instance caches.",
    )
    def test_refresh_shows_writes_of_others(self, bench: Bench, index: Driver) -> None:
        """After `refresh` by any instance, every instance finds what was acknowledged to anyone
        before: new records, replaced and deleted ones."""
        instances = [index, bench.connect(), bench.connect()]

        def expect(*records: Record) -> None:
            queries = [Query((1,)), Query((2,)), Query((1, 2), ("x",))]
            answers = [oracle.candidates(records, query) for query in queries]
            for one in instances:
                assert one.candidates(queries) == answers
                assert everything(one) == stored(records)
                assert everything(one, tags=["x"]) == stored(
                    [each for each in records if "x" in each.tags]
                )
                assert one.count() == len(records)

        for turn, refresher in enumerate(instances):
            writer, other = instances[turn - 1], instances[turn - 2]
            first = record("a", [1], ["x"], b"first"), record("b", [1])
            second = record("a", [2], ["y"], b"second")
            writer.put(first)
            refresher.refresh()
            expect(*first)
            writer.put([second])
            other.delete(["b"])
            refresher.refresh()
            expect(second)
            writer.delete(["a"])
            refresher.refresh()
            expect()
