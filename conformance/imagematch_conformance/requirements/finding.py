"""`candidates`: exactly the right records, in exactly the right order."""

from collections.abc import Sequence

from imagematch_core.protocol import (
    MAX_CANDIDATES,
    MAX_QUERIES,
    MAX_QUERY_WORDS,
    Driver,
    Query,
    Record,
)

from .. import oracle
from ..bench import MAIN, Bench, put, stored
from ..describing import check_answers, check_same
from ..records import HIGHEST, LOWEST, numbered, record
from ..requirement import requirement
from .fixtures import CROWD, Fixtures


class Finding(Fixtures):
    """`candidates`, against brute force."""

    @requirement("FIND-001", fix="An index without records has no candidates.")
    def test_an_empty_index_finds_nothing(self, index: Driver) -> None:
        """An empty index answers every query with an empty list."""
        queries = [Query((1, 2)), Query(()), Query((LOWEST, HIGHEST), ("t",), 10_000)]
        assert index.candidates(queries) == [[], [], []]

    @requirement("FIND-002", fix="Only records that share at least one word are candidates.")
    def test_no_shared_word_no_candidate(self, index: Driver) -> None:
        """A query without words, or with words that no record has, finds nothing; a record
        without words is never found."""
        put(index, [record("a", [1, 5]), record("none", [])])
        queries = [Query(()), Query((), (), 10_000), Query((-5, -1, 2, 4, 6)), Query((0, 10, 15))]
        assert index.candidates(queries) == [[]] * 4

    @requirement("FIND-003", fix="Count distinct words that query and record have in common.")
    def test_shared_words_are_counted_once(self, index: Driver) -> None:
        """`shared` is the number of distinct words that a record and the query have in common."""
        records = [record(f"r{number}", range(number, 64)) for number in range(0, 64, 7)]
        put(index, records)
        queries = [Query(tuple(range(64))), Query(tuple(range(-500, 500))), Query((5, 30, 63))]
        _check(index, records, queries)

    @requirement("FIND-004", fix="Sort by shared descending, then by id ascending, then cut.")
    def test_ties_and_limits(self, index: Driver) -> None:
        """Of equal ones those with the smaller ids come first, and every limit cuts there, one
        below, at and above the number of matches."""
        records = [
            record(f"{name}{number:02}", words, signature=bytes([number, len(words)]))
            for name, words in (("b", [1, 2, 3]), ("a", [1, 2]), ("c", [1, 2, 3]), ("d", [1]))
            for number in range(20)
        ]
        put(index, records[::-1])
        limits = (1, 2, 19, 20, 21, 39, 40, 41, 59, 60, 61, 79, 80, 81, 10_000)
        queries = [Query((1, 2, 3), (), limit) for limit in limits]
        _check(index, records, queries)

    @requirement("FIND-005", fix="Raise the database's own bound on results for this query.")
    def test_ten_thousand_candidates(self, crowd: Driver) -> None:
        """A limit of 10,000 gets the 10,000 best of 12,000 matches, in order."""
        query = Query((0, 1, 2, 1007), (), MAX_CANDIDATES)
        _check(crowd, CROWD, [query])
        assert len(crowd.candidates([query])[0]) == MAX_CANDIDATES

    @requirement("FIND-006", fix="Answer each query for itself, in the order asked.")
    def test_queries_are_answered_in_order(self, index: Driver) -> None:
        """64 queries, equal ones and empty ones among them, are answered in order, each as if it
        were alone."""
        records = [record(f"r{number:02}", [number % 50, number % 7]) for number in range(90)]
        put(index, records)
        queries = [
            Query((number % 60,) if number % 9 else (), (), 1 + number % 5)
            for number in range(MAX_QUERIES)
        ]
        together = index.candidates(queries)
        check_answers(together, [oracle.candidates(records, one) for one in queries])
        assert together[:5] == [index.candidates([one])[0] for one in queries[:5]]

    @requirement(
        "FIND-007",
        fix="Pass words as an array or JSON, not as parameters; mind the bound on clauses.",
    )
    def test_queries_of_a_thousand_words(self, crowd: Driver) -> None:
        """64 queries of 1,000 words each, the most frequent words among them, are exact."""
        queries = [
            Query((*hot, *range(1_000 + 150 * number, 2_000 - len(hot) + 150 * number)), (), 1_000)
            for number in range(MAX_QUERIES)
            for hot in [(0, 1, 2) if number % 8 == 0 else ()]
        ]
        assert {len(one.words) for one in queries} == {MAX_QUERY_WORDS}
        _check(crowd, CROWD, queries)

    @requirement("FIND-008", fix="No bound on all answers of a call but the sum of the limits.")
    def test_the_largest_answer(self, crowd: Driver) -> None:
        """64 queries with limits of 1,000 return 64,000 candidates."""
        queries = [Query((0, 1, 2, 1_000 + number), (), 1_000) for number in range(4)]
        answers = crowd.candidates(queries * (MAX_QUERIES // 4))
        assert [len(answer) for answer in answers] == [1_000] * MAX_QUERIES
        expected = [oracle.candidates(CROWD, one) for one in queries] * (MAX_QUERIES // 4)
        check_answers(answers, expected)

    @requirement("FIND-009", fix="Filter before sorting and cutting; all tags must be carried.")
    def test_tags_filter_before_the_limit(self, crowd: Driver) -> None:
        """With tags, the answer is the first records of those that carry all of them, not those
        of the first that do."""
        tags: tuple[tuple[str, ...], ...] = (
            ("tenth",),
            ("odd",),
            ("all", "odd"),
            ("all", "odd", "tenth"),
            ("no such tag",),
            ("al",),
        )
        queries = [
            Query((0, 1, 2), chosen, limit) for chosen in tags for limit in (1, 50, 1_200, 5_000)
        ]
        _check(crowd, CROWD, queries)

    @requirement("FIND-010", fix="Up to 16 tags in a query; each must be compared.")
    def test_sixteen_tags(self, index: Driver) -> None:
        """A query with 16 tags finds only what carries all 16."""
        names = [f"tag{number:02}" for number in range(17)]
        records = [record("all", [1], names), record("enough", [1], names[:16])]
        records += [
            record(f"without {at:02}", [1], names[:at] + names[at + 1 :]) for at in range(16)
        ]
        put(index, records)
        queries = [Query((1,), tuple(names[:16])), Query((1,), tuple(names[1:]))]
        _check(index, records, queries)

    @requirement("FIND-011", fix="A word that every record has is a word like any other.")
    def test_hot_words_match_everything(self, crowd: Driver) -> None:
        """A word that all 12,000 records have counts for each of them."""
        queries = [Query((0,), (), 10_000), Query((0, 13_000 - 1), (), 5), Query((2,), (), 2_401)]
        _check(crowd, CROWD, queries)

    @requirement(
        "STORED-001",
        staged=True,
        fix="The records in the database differ from those that were put: look at the writing.",
    )
    def test_the_database_holds_what_was_put(self, bench: Bench, index: Driver) -> None:
        """Read past the driver, the database holds exactly the records that were put."""
        records = numbered(30)
        put(index, records)
        index.delete(["n000004"])
        index.refresh()
        put(index, [record("n000005", body='"new"')])
        expected = [*records[:4], record("n000005", body='"new"'), *records[6:]]
        index.close()
        found = sorted(bench.stage.stored(MAIN), key=lambda one: one.id)
        check_same(found, stored(expected), "in the database")


def _check(index: Driver, records: Sequence[Record], queries: Sequence[Query]) -> None:
    """Compare the answers to queries with those of brute force."""
    expected = [oracle.candidates(records, one) for one in queries]
    check_answers(index.candidates(queries), expected)
