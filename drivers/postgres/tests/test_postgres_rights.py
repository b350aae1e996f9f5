"""The rights that the README lists are enough, and what happens without them."""

from collections.abc import Callable

import pytest
from conftest import Admin, Connect, records
from imagematch_core.protocol import ErrorKind, Query
from psycopg import Error

from imagematch_postgres import PostgreSQLDriver

OWNER = ("GRANT USAGE, CREATE ON SCHEMA {schema} TO {role}",)
READER = (
    "GRANT USAGE ON SCHEMA {schema} TO {role}",
    "GRANT SELECT ON imagematch_index_photos, imagematch_rec_photos TO {role}",
)
WRITER = (*READER, "GRANT INSERT, UPDATE, DELETE ON imagematch_rec_photos TO {role}")

Roles = Callable[..., str]


# Rights on a table are enough for its partitions.
@pytest.mark.parametrize("partitions", [1, 3])
def test_an_owner_can_do_everything(connect: Connect, roles: Roles, partitions: int) -> None:
    driver = connect(roles("imagematch_owner", *OWNER), partitions=partitions)
    assert driver.info() is None
    assert driver.create("{}") == "{}"
    with driver.loading():
        driver.put(records(0, 10))
    assert driver.delete(["000003"]) == 1
    assert driver.count() == 9
    driver.drop()
    assert driver.info() is None


@pytest.mark.parametrize("partitions", [1, 3])
def test_a_reader_can_search(connect: Connect, roles: Roles, partitions: int) -> None:
    owner = connect(partitions=partitions)
    owner.create("{}")
    owner.put(records(0, 10))
    reader = connect(roles("imagematch_reader", *READER))
    assert reader.info() == "{}"
    assert reader.candidates([Query((1,), (), 3)]) == owner.candidates([Query((1,), (), 3)])
    assert [len(reader.scan(None, 100)), len(reader.get(["000003"])), reader.count()] == [10, 1, 10]
    for call in (
        lambda: reader.put(records(0, 20)),
        lambda: reader.delete(["000003"]),
        reader.drop,
    ):
        with pytest.raises(Error) as caught:
            call()
        assert PostgreSQLDriver.classify(caught.value) is ErrorKind.DENIED
    assert owner.count() == 10


@pytest.mark.parametrize("partitions", [1, 3])
def test_a_writer_can_add_to_what_the_owner_made(
    connect: Connect, roles: Roles, admin: Admin, partitions: int
) -> None:
    connect(partitions=partitions).create("{}")
    url = roles("imagematch_writer", *WRITER)
    writer = connect(url)
    # It can't rebuild the owner's index of words, and does without, also where there is none.
    with writer.loading():
        writer.put(records(0, 10))
    admin.execute("DROP INDEX imagematch_words_photos")
    connect(url).put(records(5, 15))
    with writer.loading():
        pass
    assert writer.delete(["000003"]) == 1
    assert writer.count() == 14
    (found,) = writer.candidates([Query((1,), (), 100)])
    assert len(found) == 14
