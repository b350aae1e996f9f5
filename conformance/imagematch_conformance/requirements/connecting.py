"""From a URL to an instance."""

import pytest
from imagematch_core.drivers.registry import find_driver
from imagematch_core.protocol import InvalidTarget, Query

from ..bench import MAIN, Bench, everything, put, stored
from ..members import check_members
from ..records import INFO, record
from ..requirement import Declared, requirement
from .fixtures import Fixtures

LOOK_ALIKES = [
    MAIN,
    f"{MAIN}_words",
    f"{MAIN}-words",
    f"{MAIN}_meta",
    f"{MAIN}-meta",
    f"{MAIN}s",
    MAIN[:-1],
    f"{MAIN}_",
    f"{MAIN}-",
    f"{MAIN}--",
    f"{MAIN}{'x' * 32}a",
    f"{MAIN}{'x' * 32}b",
]
"""Index names that a driver may take for one another. The last two have 40 letters."""


class Connecting(Fixtures):
    """`connect`, the names of indexes, `server_version`."""

    @requirement(
        "CONNECT-001",
        fix="The class attributes 'api' and 'capabilities': (1, 0), and a frozenset of Capability; "
        "the names, order and defaults of each method's parameters.",
    )
    def test_the_class_says_what_it_is(self, bench: Bench) -> None:
        """The class that the URL selects declares the protocol's version and its capabilities,
        and its methods can be called as the protocol calls them."""
        check_members(bench.driver_type)

    @requirement(
        "CONNECT-002",
        fix="'connect' must raise InvalidTarget for keyword arguments and for parameters of the "
        "URL that it does not know.",
    )
    def test_unknown_options_are_refused(self, bench: Bench) -> None:
        """An option that the driver does not know raises InvalidTarget, as an argument and in the
        URL; none is ignored."""
        with pytest.raises(InvalidTarget):
            bench.connect(certainly_no_option="1")
        with pytest.raises(InvalidTarget):
            bench.connect(url=f"{_with_parameters(bench.url)}certainly_no_option=1")

    @requirement("CONNECT-003", fix="Only 'create' may create; 'connect' opens.")
    def test_connecting_creates_nothing(self, bench: Bench) -> None:
        """After `connect` alone there is no index, for this instance and for others."""
        bench.fresh().drop()
        assert bench.connect().info() is None
        assert bench.connect().info() is None

    @requirement(
        "CONNECT-004",
        fix="Map index names to tables or files without cutting, folding or joining them: "
        "look-alikes and names of 40 letters must not meet.",
    )
    def test_look_alike_names_are_different_indexes(self, bench: Bench) -> None:
        """Indexes whose names look alike live side by side, each with its own records."""
        drivers = {name: bench.fresh(name) for name in LOOK_ALIKES}
        try:
            for number, (name, driver) in enumerate(drivers.items()):
                put(driver, [record("same", [number]), record(f"of {name}", [1000])])
            for number, (name, driver) in enumerate(drivers.items()):
                assert driver.info() == INFO
                assert driver.count() == 2
                answers = driver.candidates([Query((number,)), Query((1000,))])
                assert [[one.id for one in answer] for answer in answers] == [
                    ["same"],
                    [f"of {name}"],
                ]
        finally:
            for driver in drivers.values():
                driver.drop()

    @requirement("CONNECT-005", fix="Ask the database for its name and version, as text.")
    def test_the_server_says_its_version(self, bench: Bench) -> None:
        """`server_version` names the database and its version, whether or not an index is there."""
        driver = bench.fresh()
        driver.drop()
        version = driver.server_version()
        assert any(character.isdigit() for character in version)
        assert any(character.isalpha() for character in version)

    @requirement(
        "CONNECT-006",
        staged=True,
        fix="Take the client object as it is: don't close it, don't change its settings.",
    )
    def test_a_given_client_stays_open(self, bench: Bench) -> None:
        """A client object leads to the same driver and index, and stays its owner's: `close`
        leaves it open."""
        if not bench.driver_type.client_types:
            raise Declared("the driver takes no client objects")
        index = bench.empty()
        put(index, [record("a")])
        with bench.stage.client() as (client, use):
            assert find_driver(client) is bench.driver_type
            for _ in range(2):
                driver = bench.driver_type.connect(client, MAIN)
                try:
                    assert everything(driver) == stored([record("a")])
                finally:
                    driver.close()
                use()

    @requirement(
        "CONNECT-007", fix="Show URLs through `imagematch_core.protocol.redact_url`, or not at all."
    )
    def test_secrets_are_not_shown(self, bench: Bench) -> None:
        """What `connect` says of a URL that it refuses holds none of its secrets."""
        secret = "hunter2-secret"  # noqa: S105 - nobody's
        with pytest.raises(InvalidTarget) as caught:
            bench.connect(url=f"{_with_parameters(bench.url)}password={secret}&certainly_none=1")
        assert secret not in str(caught.value)


def _with_parameters(url: str) -> str:
    return f"{url}&" if "?" in url else f"{url}?"
