"""The promise itself: whatever database holds the index, the hits are the same to the last bit."""

from collections.abc import Callable

import imagematch_core
from imagematch_core.matching.search import find
from imagematch_core.model import Orientation, Signature
from imagematch_core.protocol import Candidate
from imagematch_core.records.filtering import Filter
from imagematch_core.signatures import get_algorithm
from imagematch_core.store import Store

from .. import digest, oracle
from ..bench import MAIN, Bench
from ..corpus import Corpus, sixteen, sixty_three
from ..describing import check_answers, check_same
from ..records import description
from ..requirement import requirement
from .fixtures import Fill, Fixtures

UPRIGHT_AND_NEGATIVE = (Orientation(), Orientation(negative=True))


class Hits(Fixtures):
    """A fixed corpus, the same answers as brute force, and one digest."""

    @requirement("HITS-001", fix="Compare with the small tests of FIND and ID, which fail as well.")
    def test_candidates_of_63_words(self, fill: Fill) -> None:
        """Queries of 63 words get exactly the candidates that brute force finds."""
        corpus = sixty_three()
        check_answers(
            _candidates(fill, corpus), digest.expected_candidates(corpus), f"{corpus.name}: query"
        )

    @requirement("HITS-002", fix="Compare with the small tests of FIND and ID, which fail as well.")
    def test_candidates_of_16_words(self, fill: Fill) -> None:
        """Queries of 60 probes for each of 16 words get exactly the candidates that brute force
        finds."""
        corpus = sixteen()
        check_answers(
            _candidates(fill, corpus), digest.expected_candidates(corpus), f"{corpus.name}: query"
        )

    @requirement("HITS-003", fix="Distances are the core's: look at candidates and signatures.")
    def test_hits_of_goldberg_1(self, bench: Bench, fill: Fill) -> None:
        """A search with goldberg-1 through the core gets the hits and distances of brute force."""
        check_answers(_hits(bench, fill), digest.expected_hits(), "hits of query")

    @requirement("HITS-004", fix="An answer differs: HITS-001 to HITS-003 say which.")
    def test_the_digest(
        self, bench: Bench, fill: Fill, record_property: Callable[[str, object], None]
    ) -> None:
        """All candidates and hits together have the digest that every certified driver has."""
        answers = {one.name: _candidates(fill, one) for one in (sixty_three(), sixteen())}
        found = digest.digest(answers, _hits(bench, fill))
        record_property("digests", {digest.ALGORITHM: found})
        assert found == digest.shipped_digests()[digest.ALGORITHM]

    @requirement("HITS-005", fix="Candidates or bodies differ: look at the tests of FIND and PUT.")
    def test_hits_of_the_default_algorithm(
        self, bench: Bench, record_property: Callable[[str, object], None]
    ) -> None:
        """Pictures that are added by the core's `Index` have the same copies as in memory, however
        they are asked for, and the digest that every certified driver has."""
        name = f"{MAIN}-pictures"
        bench.fresh(name, description(digest.DEFAULT))
        with imagematch_core.open(bench.url, index=name, create=False) as index:
            digest.fill_pictures(index)
            found = [*digest.picture_answers(index)]
        digests = {digest.DEFAULT: digest.picture_digest(found)}
        record_property("digests", digests)
        if digests[digest.DEFAULT] == digest.shipped_digests()[digest.DEFAULT]:
            return
        expected = digest.picture_answers_in_memory()
        for (what, answer), (_, right) in zip(found, expected, strict=False):
            check_same(answer, right, what)
        assert len(found) == len(expected), f"{len(found)} answers, expected {len(expected)}"
        raise AssertionError("this imagematch-core finds other copies in memory too")


def _index(corpus: Corpus) -> str:
    return f"{MAIN}-{corpus.name}"


def _candidates(fill: Fill, corpus: Corpus) -> list[list[Candidate]]:
    return fill(_index(corpus), list(corpus.records)).candidates(corpus.queries)


def _hits(bench: Bench, fill: Fill) -> list[list[oracle.Hit]]:
    """Search as `imagematch_core.Index` does: views of a signature, `find`, hits in order."""
    corpus = sixty_three()
    fill(_index(corpus), list(corpus.records))
    algorithm = get_algorithm(digest.ALGORITHM)
    store = Store.open(bench.url, _index(corpus))
    try:
        return [
            [(match.id, match.distance) for match in matches.found]
            for asked, query in zip(corpus.asked, corpus.queries, strict=True)
            for matches in find(
                store,
                algorithm,
                [
                    algorithm.views_from_signature(
                        Signature(digest.ALGORITHM, asked), UPRIGHT_AND_NEGATIVE
                    )
                ],
                cutoff=digest.CUTOFF,
                candidates=digest.MEASURED,
                where=Filter((query.tags,)),
            )
        ]
    finally:
        store.close()
