"""`put`: what is written comes back, whole, once."""

from itertools import chain

import pytest
from imagematch_core.protocol import (
    MAX_BATCH_RECORDS,
    MAX_QUERIES,
    MAX_RECORD_TAGS,
    MAX_RECORD_WORDS,
    MAX_TAG_BYTES,
    BulkError,
    Driver,
    Query,
    Record,
)

from ..bench import Bench, everything, ids_found, put, stored
from ..describing import check_same
from ..records import (
    BODIES,
    COLLIDING,
    HIGHEST,
    IDS,
    INFO,
    LARGE,
    LOWEST,
    in_order,
    large_body,
    numbered,
    record,
)
from ..requirement import requirement
from .fixtures import Fixtures

PRINTABLE = "".join(map(chr, range(0x20, 0x7F)))


class Putting(Fixtures):
    """`put`, with records at every edge of what is allowed."""

    @requirement(
        "TYPES-001",
        fix="Make plain values of what the client returns: str, int, bytes, list, and the "
        "protocol's own classes; no Decimal, bytearray, memoryview, tuple, numpy or BSON types.",
    )
    def test_answers_have_the_types_of_the_protocol(self, bench: Bench, index: Driver) -> None:
        """What every method returns has exactly the type that the protocol names, in the fields of
        records too, whether there is nothing, one or many."""
        # Each call's answer is checked by what watches it, in all other tests as well.
        queries = [Query((1, 2)), Query(()), Query((1,), ("t",), 1), Query((9,))]
        for _ in range(2):
            for records in ([], [record("a", [1], ["t"])], numbered(30, [1, 2])):
                if records:
                    index.put(records)
                index.refresh()
                index.candidates(queries)
                index.candidates(queries[:1])
                for ids in ([], ["a"], ["a", "n000001", "no such id"]):
                    index.get(ids)
                index.scan(None, 10)
                index.scan("a", 10, ["t"])
                index.count()
                index.info()
                index.create(INFO)
                index.server_version()
            assert index.delete(["a", "n000001", "no such id"]) == 2
            index.delete([])
        index.drop()
        index.info()

    @requirement("PUT-001", fix="Return signature and body as they were given.")
    def test_what_is_put_is_stored(self, index: Driver) -> None:
        """A record that was put is returned by `get` and `scan`, and found by its words."""
        one = record("a", [5, 6], ["t"], b"\x00\xff", '{"a": 1}')
        put(index, [one])
        assert index.get(["a"]) == stored([one])
        assert everything(index) == stored([one])
        assert ids_found(index, [6]) == ["a"]
        assert index.count() == 1

    @requirement("PUT-002", fix="Upsert by id; don't insert the same id twice.")
    def test_putting_again_changes_nothing(self, index: Driver) -> None:
        """The same batch put several times is stored once."""
        records = numbered(50)
        for _ in range(3):
            put(index, records)
        assert index.count() == 50
        assert everything(index) == stored(records)
        assert ids_found(index, [1]) == [one.id for one in records]

    @requirement(
        "PUT-003",
        fix="Replacing a record removes its old words and tags with it, in the same step.",
    )
    def test_a_record_is_replaced_whole(self, index: Driver) -> None:
        """A record with a known id replaces all of the stored one: the last one put is kept, and
        the old words and tags find nothing any more."""
        put(index, [record("a", [1, 2], ["x", "y"], b"old", "1"), record("b", [1], ["x"])])
        new = record("a", [2, 3], ["y", "z"], b"new", "2")
        put(index, [new])
        assert index.get(["a"]) == stored([new])
        assert index.count() == 2
        assert ids_found(index, [1]) == ["b"]
        assert [one.signature for one in index.candidates([Query((3,))])[0]] == [b"new"]
        tagged = [Query((1, 2, 3), (tag,)) for tag in "xyz"]
        found = [[one.id for one in answer] for answer in index.candidates(tagged)]
        assert found == [["b"], ["a"], ["a"]]
        assert [one.id for one in index.scan(None, 10, ["x"])] == ["b"]

    @requirement(
        "PUT-004",
        fix="Pass values as arrays or in several statements; count parameters and request sizes.",
    )
    def test_the_longest_batch(self, index: Driver) -> None:
        """1,000 records of 64 words each are stored by one call, and replaced by one."""
        records = [
            record(f"r{number:04}", range(number, number + MAX_RECORD_WORDS))
            for number in range(MAX_BATCH_RECORDS)
        ]
        for _ in range(2):
            index.put(records)
        index.refresh()
        assert index.count() == MAX_BATCH_RECORDS
        (answer,) = index.candidates([Query(tuple(range(500, 564)), (), 1_000)])
        assert (answer[0].id, answer[0].shared, len(answer)) == ("r0500", MAX_RECORD_WORDS, 127)

    @requirement(
        "PUT-005",
        fix="Look for limits on the size of a request, row or document: a body may be twice as "
        "long, or more, where it is quoted or encoded on its way.",
    )
    @pytest.mark.parametrize("unit", LARGE.values(), ids=LARGE)
    def test_the_largest_batch(self, index: Driver, unit: str) -> None:
        """Bodies of 1 MiB are stored, seven of them by one call, whatever they are full of."""
        records = [record(f"large {at}", body=large_body(unit, str(at))) for at in range(7)]
        put(index, records)
        check_same(index.get([one.id for one in records]), stored(records), "get")
        check_same(everything(index), stored(records), "scan")

    @requirement(
        "PUT-006",
        fix="Never swallow an error of a write. Name refused records in BulkError, and only those; "
        "keep a record's parts in one transaction or one document.",
    )
    @pytest.mark.parametrize(
        "bad",
        [
            Record("m", (1, 2**40), (), b"m", "{}"),
            Record("m", (1,), (), b"m", '"\ud800"'),
            Record("m", (1,), ("\ud800",), b"m", "{}"),
            Record("m\ud800", (1,), (), b"m", "{}"),
        ],
        ids=[
            "word of 41 bits",
            "body that is no text",
            "tag that is no text",
            "id that is no text",
        ],
    )
    def test_a_bad_record_among_good_ones(self, index: Driver, bad: Record) -> None:
        """Where the database can't take one record of a batch, `put` raises: with BulkError all
        others are stored; after any other error each record is stored whole or not at all, and
        the good ones can be put again."""
        good = [*numbered(3, [1, 7], "a"), *numbered(3, [1, 7], "z")]
        batch = [*good[:3], bad, *good[3:]]
        refused: set[str] | None = set()
        try:
            index.put(batch)
        except BulkError as err:
            refused = set(err.failures)
        except Exception:  # noqa: BLE001 - any other error: nothing is known
            refused = None
        index.refresh()
        ids = [one.id for one in good]
        whole = stored(good)
        assert all(one in whole or one.id == bad.id for one in everything(index))
        assert set(ids_found(index, [7])) == {one.id for one in index.get(ids)}
        if refused is not None:
            assert refused <= {one.id for one in batch}
            assert index.get([i for i in ids if i not in refused]) == [
                one for one in whole if one.id not in refused
            ]
            assert bad.id in refused or index.get([bad.id]) == stored([bad])
        put(index, good)
        assert index.get(ids) == whole

    @requirement("PUT-007", fix="Words are signed 32-bit integers; a record may have none.")
    def test_words_at_the_edges(self, index: Driver) -> None:
        """The smallest and largest words, 0, neighbours of them, 64 words and no word at all."""
        edges = [LOWEST, LOWEST + 1, -65_536, -1, 0, 1, 65_536, HIGHEST - 1, HIGHEST]
        records = [record(f"w{number}", [word]) for number, word in enumerate(edges)]
        put(index, [*records, record("all", range(64)), record("none", [])])
        assert index.count() == len(edges) + 2
        answers = index.candidates([Query((word,)) for word in edges])
        found = [[one.id for one in answer if one.id != "all"] for answer in answers]
        assert found == [[one.id] for one in records]
        assert "none" not in ids_found(index, sorted({*edges, *range(64)}))
        assert [one.id for one in index.get(["none"])] == ["none"]

    @requirement(
        "PUT-008",
        fix="Compare tags as whole strings, byte by byte: no escapes, no hashes of 32 bits.",
    )
    def test_tags_at_the_edges(self, index: Driver) -> None:
        """128 tags of 256 bytes, all printable characters, and tags that look alike, hold one
        another or have a hash in common are told apart, and go when their records lose them."""
        longest = [f"{number:03}".ljust(MAX_TAG_BYTES, "~") for number in range(MAX_RECORD_TAGS)]
        odd = ["a", "A", "a ", " a", "aa", "%", "_", "a,b", '["k", 1]', '["k",1]', PRINTABLE]
        odd += ["\\", "\\\\", "'", '"', "a'b", 'a"b', "{a}", "{a,b}", "a;b", "a b", "null", "*"]
        odd += ["x" * MAX_TAG_BYTES, "y" + "x" * (MAX_TAG_BYTES - 1), "x" * 128 + "y" + "x" * 127]
        odd += [*chain(*COLLIDING.values())]
        put(index, [record("longest", [1], longest)])
        put(index, [record(f"t{number:02}", [1], [tag]) for number, tag in enumerate(odd)])
        answers = index.candidates([Query((1,), (tag,)) for tag in odd])
        for number, (tag, answer) in enumerate(zip(odd, answers, strict=True)):
            check_same([one.id for one in answer], [f"t{number:02}"], f"with the tag {tag!r:.40}")
            check_same([one.id for one in index.scan(None, 9, [tag])], [f"t{number:02}"], "scan")
        assert [one.id for one in index.scan(None, 10, longest[:16])] == ["longest"]
        assert not index.scan(None, 10, [longest[0][:-1]])
        put(index, [record("longest", [1]), *(record(f"t{at:02}", [1]) for at in range(len(odd)))])
        for tag in [*odd, *longest]:
            check_same([one.id for one in index.scan(None, 9, [tag])], [], f"lost {tag!r:.40}")

    @requirement("PUT-009", fix="Store signatures as bytes: no text, no padding, no trimming.")
    def test_signatures_at_the_edges(self, index: Driver) -> None:
        """Signatures of 1 to 1,024 bytes with every value come back, zero bytes at the ends too."""
        signatures = [b"\0", b"\xff", b" ", bytes(1024), bytes(range(256)) * 4, b"\0a\0", b"\r\n"]
        records = [record(f"s{at}", signature=data) for at, data in enumerate(signatures)]
        put(index, records)
        check_same(everything(index), stored(records), "scan")
        (answer,) = index.candidates([Query((1,))])
        found = [(one.id, one.signature) for one in answer]
        check_same(found, [(one.id, one.signature) for one in records], "candidates")

    @requirement("PUT-010", fix="Leave the lists and tuples that you are given as they are.")
    def test_arguments_stay_as_they_were(self, index: Driver) -> None:
        """No call changes the lists that it is given; lists and tuples will both do."""
        records = numbered(5)
        ids = [one.id for one in records]
        queries = [Query((1,)), Query((2,))]
        index.put(records)
        index.put(tuple(records))
        index.refresh()
        assert index.get(ids) == index.get(tuple(ids)) == stored(records)
        assert index.candidates(queries) == index.candidates(tuple(queries))
        assert index.scan(None, 9, []) == index.scan(None, 9, ())
        assert index.delete(ids) + index.delete(tuple(ids)) == 5
        assert records == numbered(5)
        assert ids == [one.id for one in records]
        assert queries == [Query((1,)), Query((2,))]

    @requirement(
        "ID-001",
        fix="Compare ids as UTF-8 bytes: a binary collation, no folding, no trimming, no "
        "normalisation, no cutting.",
    )
    def test_every_id_is_its_own(self, index: Driver) -> None:
        """Ids that look alike, differ in case, accents, trailing spaces or normal form, have 512
        bytes or a hash in common, are different records, and each comes back unchanged."""
        records = [
            record(one, [number, 999], signature=str(number).encode(), body=f'"{number}"')
            for number, one in enumerate(IDS)
        ]
        put(index, records)
        check_same(everything(index), stored(records), "after put")
        assert index.count() == len(IDS)
        for start in range(0, len(IDS), 20):
            part = slice(start, start + 20)
            check_same(index.get(IDS[part]), stored(records[part]), "get")
        for start in range(0, len(IDS), MAX_QUERIES):
            numbers = range(start, min(start + MAX_QUERIES, len(IDS)))
            answers = index.candidates([Query((number,)) for number in numbers])
            for number, answer in zip(numbers, answers, strict=True):
                check_same([one.id for one in answer], [IDS[number]], "by its own word")
        put(index, records[::2])
        check_same(everything(index), stored(records), "after every second was put again")
        assert index.count() == len(IDS)
        assert index.delete(IDS[::3]) == len(IDS[::3])
        index.refresh()
        left = [one for number, one in enumerate(records) if number % 3]
        check_same(everything(index), stored(left), "after every third was deleted")
        assert index.count() == len(left)

    @requirement(
        "ID-002",
        fix="Order by code point, which is the order of UTF-8 bytes: not UTF-16, no locale.",
    )
    def test_ids_are_ordered_by_code_point(self, index: Driver) -> None:
        """`scan` and ties of `candidates` order ids by code point, also beyond the first plane."""
        put(index, [record(one) for one in IDS])
        check_same([one.id for one in everything(index, page=7)], IDS, "scan")
        check_same(ids_found(index, [1]), IDS, "candidates")
        for at in range(0, len(IDS), 9):
            assert [one.id for one in index.scan(IDS[at], 3)] == IDS[at + 1 : at + 4]

    @requirement(
        "BODY-001", fix="Store the body as text, not as the database's own JSON type; never parse."
    )
    def test_bodies_come_back_to_the_letter(self, index: Driver) -> None:
        """A body is returned as it was written: numbers, key order, repeated keys, escapes, white
        space, keys that mean something to a database."""
        records = [record(f"b{number:02}", body=body) for number, body in enumerate(BODIES)]
        put(index, records)
        check_same(index.get([one.id for one in records]), stored(records), "get")
        check_same(everything(index), stored(records), "scan")
        put(index, in_order(records))
        check_same(index.get([one.id for one in records]), stored(records), "put again")

    @requirement("GET-001", fix="'get' reads where 'put' wrote: past caches, from the primary.")
    def test_get_sees_every_write_at_once(self, bench: Bench, index: Driver) -> None:
        """What was acknowledged is seen by `get` of every instance without a refresh."""
        other = bench.connect()
        for number in range(10):
            one = record("a", body=str(number))
            index.put([one])
            assert index.get(["a"]) == other.get(["a"]) == stored([one])
        assert other.delete(["a"]) == 1
        assert index.get(["a"]) == []
