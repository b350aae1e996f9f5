"""`info` and `create`."""

from contextlib import suppress

import pytest
from imagematch_core.protocol import ForeignIndex, IndexLayoutError

from ..bench import MAIN, Bench, everything, put, quietly, stored, together
from ..records import INFO, record
from ..requirement import requirement
from .closing import CALLS
from .fixtures import Fixtures


class Creating(Fixtures):
    """`info` and `create`, alone and by many at once."""

    @requirement("CREATE-001", fix="'info' returns None where no creation has completed.")
    def test_nothing_has_no_info(self, bench: Bench) -> None:
        """Where there is no index `info` returns None, however often, and makes none."""
        driver = bench.fresh()
        driver.drop()
        assert [driver.info(), driver.info(), bench.connect().info()] == [None] * 3

    @requirement("CREATE-002", fix="Store the text as it is: don't parse it, don't shorten it.")
    @pytest.mark.parametrize(
        "text",
        [
            INFO,
            '"' + "x" * 4094 + '"',
            '{"é": "😀 \\u0000 \\ud800", "n": 1e16, "a ": -0.0}',
            "imagematch-conformance: not JSON '\"\\",
        ],
        ids=["suite", "4 KiB", "odd", "no JSON"],
    )
    def test_the_text_comes_back(self, bench: Bench, text: str) -> None:
        """`create` returns the text that it was given, and `info` of every instance gives it back
        to the byte, up to 4 KiB."""
        driver = bench.fresh()
        driver.drop()
        assert driver.create(text) == text
        assert driver.info() == text
        other = bench.connect()
        assert other.info() == text
        other.drop()

    @requirement("CREATE-003", fix="'create' must not overwrite a text that is stored already.")
    def test_the_first_text_stays(self, bench: Bench) -> None:
        """`create` on an index that exists changes nothing and returns what is stored."""
        driver = bench.fresh()
        put(driver, [record("a")])
        assert bench.connect().create('{"imagematch-conformance": 2}') == INFO
        assert driver.create('{"imagematch-conformance": 3}') == INFO
        assert driver.info() == INFO
        assert driver.count() == 1

    @requirement(
        "CREATE-004",
        fix="Serialise creators with a lock of the database, or let the loser read the winner's "
        "text.",
    )
    def test_creators_at_once_agree(self, bench: Bench) -> None:
        """Creators that run at the same time all get the text of one of them, and the index
        works."""
        for turn in range(4):
            first = bench.fresh()
            first.drop()
            drivers = [bench.connect() for _ in range(8)]
            texts = [f'{{"imagematch-conformance": {number}}}' for number in range(8)]
            returned = together(
                *(
                    lambda driver=driver, text=text: bench.patiently(driver.create, text)
                    for driver, text in zip(drivers, texts, strict=True)
                )
            )
            assert len(set(returned)) == 1
            assert returned[0] in texts
            assert {driver.info() for driver in drivers} == {returned[0]}
            put(drivers[turn], [record("a")])
            assert everything(drivers[turn + 1]) == stored([record("a")])
            for driver in drivers:
                driver.close()
        bench.connect().drop()

    @requirement(
        "CREATE-005",
        staged=True,
        fix="Write the text last, and let 'create' make only what is missing.",
    )
    def test_a_creation_that_died_is_finished(self, bench: Bench) -> None:
        """What a creation that died half-way left is no index yet; `create` finishes it."""
        bench.fresh().drop()
        with bench.stage.half_created(MAIN):
            driver = bench.connect()
            try:
                assert driver.info() is None
                assert driver.create(INFO) == INFO
                put(driver, [record("a")])
                assert bench.connect().info() == INFO
                assert everything(driver) == stored([record("a")])
            finally:
                driver.drop()

    @requirement(
        "CREATE-006",
        staged=True,
        fix="Before creating, look whether something of that name is there that is not yours, and "
        "raise ForeignIndex.",
    )
    def test_a_stranger_is_not_touched(self, bench: Bench) -> None:
        """Where something that imagematch did not create has the index's name, `create` raises
        ForeignIndex, and neither it nor any other call touches it."""
        bench.fresh().drop()
        with bench.stage.stranger(MAIN) as intact:
            driver = bench.connect()
            with suppress(ForeignIndex):
                assert driver.info() is None
            with pytest.raises(ForeignIndex):
                driver.create(INFO)
            assert intact()
            for name, call in CALLS.items():
                if name != "drop":
                    quietly(call, driver)
                    assert intact(), name
            with suppress(ForeignIndex):
                driver.drop()
            assert intact()

    @requirement(
        "CREATE-007",
        staged=True,
        fix="Store a layout number with the text; 'info' and 'create' compare it with yours.",
    )
    def test_another_layout_is_refused(self, bench: Bench) -> None:
        """An index with a layout number that the driver does not know raises IndexLayoutError,
        which names both numbers."""
        bench.fresh()
        with bench.stage.other_layout(MAIN):
            driver = bench.connect()
            for call in (driver.info, lambda: driver.create(INFO)):
                with pytest.raises(IndexLayoutError) as caught:
                    call()
                assert caught.value.found != caught.value.supported
        assert bench.connect().info() == INFO
