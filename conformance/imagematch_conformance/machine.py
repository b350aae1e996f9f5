"""Random sequences of calls, against a dictionary."""

from collections.abc import Sequence
from contextlib import AbstractContextManager

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from imagematch_core.protocol import Driver, Query, Record

from . import oracle
from .bench import MAIN, Bench, everything, stored
from .records import HIGHEST, LOWEST, in_order, record

settings.register_profile(
    "imagematch-certificate",
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=80,
    stateful_step_count=30,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
settings.register_profile(
    "imagematch-development",
    parent=settings.get_profile("imagematch-certificate"),
    phases=[Phase.generate, Phase.shrink],
)
settings.register_profile(
    "imagematch-long",
    parent=settings.get_profile("imagematch-development"),
    derandomize=False,
    max_examples=1_000,
    stateful_step_count=60,
)

WORDS = [LOWEST, -7, -1, 0, 1, 2, 3, 4, 5, 6, 7, 65_536, HIGHEST]
TAGS = ["a", "A", '["k", 1]', '["k", "1"]']

ids = st.sampled_from(["a", "A", "a ", "é", "e\u0301", "\uffee", "😀"])
words = st.lists(st.sampled_from(WORDS), max_size=8)
tags = st.lists(st.sampled_from(TAGS), max_size=3)
records = st.builds(
    record,
    ids,
    words,
    tags,
    st.binary(min_size=1, max_size=9),
    st.sampled_from(["{}", "1e16", "-0.0", '{"b": 1, "a": "\\u0000"}', '"é😀"']),
)
batches = st.lists(records, min_size=1, max_size=6, unique_by=lambda one: one.id)
queries = st.builds(
    lambda words, tags, limit: Query(tuple(sorted(set(words))), tuple(sorted(set(tags))), limit),
    words,
    st.sampled_from([[], [], [], *([tag] for tag in TAGS), TAGS[:2]]),
    st.integers(1, 12),
)
which = st.integers(0, 1)

EVERYTHING = Query(tuple(WORDS))
"""Finds all that have words."""


class IndexMachine(RuleBasedStateMachine):
    """Two instances of one index, and a dictionary that says what is in it.

    Args:
        bench: opens the instances.
    """

    def __init__(self, bench: Bench) -> None:
        super().__init__()
        self._bench = bench
        self._model: dict[str, Record] = {}
        self._drivers: list[Driver] = []
        self._refreshed = True
        self._loading: AbstractContextManager[None] | None = None

    @initialize()
    def begin(self) -> None:
        """With an empty index, which is emptied and not made anew: that is quicker."""
        self._drivers = [self._bench.empty(), self._bench.connect()]

    @precondition(lambda self: self._loading is None)
    @rule()
    def begin_loading(self) -> None:
        """Enter `loading` of the first instance, empty or not."""
        self._loading = self._drivers[0].loading()
        self._loading.__enter__()

    @precondition(lambda self: self._loading is not None)
    @rule()
    def end_loading(self) -> None:
        """Leave it."""
        if self._loading is not None:
            self._loading.__exit__(None, None, None)
            self._loading = None

    @rule(one=which, batch=batches, anew=st.booleans())
    def put(self, one: int, batch: Sequence[Record], anew: bool) -> None:
        """Write some, where they were or after they were deleted."""
        if anew:
            self.delete(one, {each.id for each in batch})
        self._drivers[one].put(in_order(batch))
        self._model.update({each.id: each for each in batch})
        self._refreshed = False

    @rule(one=which, chosen=st.sets(ids, min_size=1, max_size=6))
    def delete(self, one: int, chosen: set[str]) -> None:
        """Delete some, known or not."""
        existed = [each for each in chosen if self._model.pop(each, None)]
        assert self._drivers[one].delete(sorted(chosen)) == len(existed)
        self._refreshed = False

    @rule(one=which, chosen=st.lists(ids, max_size=6, unique=True))
    def get(self, one: int, chosen: list[str]) -> None:
        """Read by id, without a refresh."""
        expected = [self._model[each] for each in chosen if each in self._model]
        assert self._drivers[one].get(chosen) == stored(expected)

    @rule(one=which, asked=st.lists(queries, min_size=1, max_size=4), refresher=which)
    def find(self, one: int, asked: list[Query], refresher: int) -> None:
        """Search, for everything too."""
        self._refresh(refresher)
        queries = [*asked, EVERYTHING]
        expected = [oracle.candidates(self._model.values(), each) for each in queries]
        assert self._drivers[one].candidates(queries) == expected

    @rule(one=which, page=st.integers(1, 5), chosen=tags, refresher=which)
    def scan(self, one: int, page: int, chosen: list[str], refresher: int) -> None:
        """Read all that carry some tags, page by page."""
        self._refresh(refresher)
        asked = sorted(set(chosen))
        expected = [each for each in in_order(self._model.values()) if {*asked} <= {*each.tags}]
        assert everything(self._drivers[one], page, asked) == stored(expected)

    @rule(one=which, refresher=which)
    def count(self, one: int, refresher: int) -> None:
        """Count."""
        self._refresh(refresher)
        assert self._drivers[one].count() == len(self._model)

    @rule(one=which)
    def reopen(self, one: int) -> None:
        """Close an instance and open another one."""
        if one == 0:
            self.end_loading()
        self._drivers[one].close()
        self._drivers[one] = self._bench.connect(MAIN)

    def teardown(self) -> None:
        """Close both."""
        self.end_loading()
        self._bench.close()

    def _refresh(self, refresher: int) -> None:
        if not self._refreshed:
            self._drivers[refresher].refresh()
            self._refreshed = True
