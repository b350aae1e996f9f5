"""Documents of image-match as records."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from imagematch_core.compat.documents import Translator
from imagematch_core.compat.metadata import unwrapped, wrapped
from imagematch_core.compat.records import record_of
from imagematch_core.errors import ItemError
from imagematch_core.model import Entry
from imagematch_core.protocol.legacy import LegacyDocument
from imagematch_core.protocol.values import MAX_RECORD_TAGS, Stored
from imagematch_core.records.bodies import load_entry
from imagematch_core.signatures import get_algorithm
from tests.compat import legacy

SOUND = next(iter(legacy.GOLDEN.values()))


def entry_of(fields: dict[str, Any], previous: Stored | None = None) -> Entry:
    record = Translator().record(LegacyDocument("one", fields), previous)
    return load_entry(Stored(record.id, record.signature, record.body), "goldberg-1")


@pytest.fixture
def in_new_york() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("TZ", "America/New_York")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.parametrize("name", legacy.GOLDEN)
@pytest.mark.parametrize("layout", ["flat", "nested"])
def test_a_document_becomes_what_adding_the_picture_makes(name: str, layout: str) -> None:
    fields = legacy.GOLDEN[name]
    if layout == "nested":
        fields = {"image": fields, "@version": 1, "_class": {"name": "a.b"}}
    record = Translator().record(LegacyDocument("one", fields), None)
    assert [record.words] == get_algorithm("goldberg-1").stored_words([record.signature])
    assert len(record.words) == 63
    entry = load_entry(Stored(record.id, record.signature, record.body), "goldberg-1")
    assert (entry.id, entry.path) == ("one", name)
    assert entry.metadata == legacy.GOLDEN[name]["metadata"]
    artist = legacy.GOLDEN[name]["metadata"]["artist"]
    assert record.tags == (f'["","{name}"]', f'["artist","{artist}"]')


@pytest.mark.parametrize("case", legacy.damaged())
def test_what_is_damaged_is_refused_with_the_reason(case: str) -> None:
    fields, reason = legacy.damaged()[case]
    with pytest.raises(ItemError, match=reason):
        entry_of(fields)


@pytest.mark.parametrize("place", range(0, 648, 31))
def test_every_part_of_a_signature_is_checked(place: int) -> None:
    """By the words of 16 entries, of which one begins at every tenth: a changed sign shows."""
    signature = [*SOUND["signature"]]
    signature[place] = -signature[place] or 1
    with pytest.raises(ItemError):
        entry_of({**SOUND, "signature": signature})


@pytest.mark.parametrize(("k", "n"), [(10, 100), (8, 20), (16, 40), (20, 63)])
def test_words_of_other_settings_confirm_a_signature_too(k: int, n: int) -> None:
    fields = record_of("a", np.array(SOUND["signature"], np.int8), k, n)
    assert entry_of(fields).signature == entry_of(SOUND).signature
    with pytest.raises(ItemError, match="disagree"):
        entry_of({**fields, "simple_word_3": fields["simple_word_3"] + 1})


def test_words_may_stand_in_one_field() -> None:
    """As the drivers 'flat' and 'flatint' of image-match's successors store them."""
    numbers = [SOUND[f"simple_word_{place}"] for place in range(63)]
    fields = {key: SOUND[key] for key in ("path", "signature")}
    for words in (numbers, " ".join(map(str, numbers))):
        assert entry_of({**fields, "simple_words": words}).signature
    with pytest.raises(ItemError, match="disagree"):
        entry_of({**fields, "simple_words": numbers[::-1]})
    with pytest.raises(ItemError, match="0 words"):
        entry_of({**fields, "simple_words": []})


def test_numbers_may_be_floats() -> None:
    fields = {**SOUND, "signature": [float(entry) for entry in SOUND["signature"]]}
    assert entry_of(fields).signature == entry_of(SOUND).signature


@pytest.mark.parametrize(
    ("timestamp", "expected"),
    [
        ("2016-03-01T12:30:15.250000", datetime(2016, 3, 1, 12, 30, 15, 250_000, UTC)),
        ("2016-03-01T12:30:15.25Z", datetime(2016, 3, 1, 12, 30, 15, 250_000, UTC)),
        ("2016-03-01T12:30:15+02:00", datetime(2016, 3, 1, 10, 30, 15, tzinfo=UTC)),
        (datetime(2016, 3, 1, 12), datetime(2016, 3, 1, 12, tzinfo=UTC)),
        (1_456_835_415_250, datetime(2016, 3, 1, 12, 30, 15, 250_000, UTC)),
    ],
)
@pytest.mark.usefixtures("in_new_york")
def test_times_are_kept(timestamp: Any, expected: datetime) -> None:
    """Wherever they are read."""
    assert entry_of({**SOUND, "timestamp": timestamp}).added_at == expected


def test_without_a_time_that_of_the_first_import_is_kept() -> None:
    first = Translator().record(LegacyDocument("one", SOUND), None)
    stored = Stored(first.id, first.signature, first.body)
    assert datetime.now(UTC) - load_entry(stored, "goldberg-1").added_at < timedelta(minutes=5)
    assert Translator().record(LegacyDocument("one", SOUND), stored) == first


def test_a_path_may_be_called_url_or_be_absent() -> None:
    assert entry_of({**SOUND, "url": "http://a/b.jpg"}).path == "http://a/b.jpg"
    assert entry_of({key: value for key, value in SOUND.items() if key != "path"}).path == ""


MANY = {str(number): number for number in range(MAX_RECORD_TAGS + 1)}


@pytest.mark.parametrize(
    "metadata",
    [
        None,
        {},
        {"a": [1, {"b": 2}]},
        "text",
        0,
        False,
        [],
        [[]],
        [1, "a"],
        MANY,
        {"image-match": "a"},
    ],
)
def test_metadata_of_any_kind_comes_back(metadata: Any) -> None:
    assert unwrapped(wrapped(metadata)) == metadata
    entry = entry_of({**SOUND, "metadata": metadata})
    assert unwrapped(entry.metadata) == metadata
    assert json.dumps(entry.metadata)


def test_image_matchs_class_and_the_import_store_the_same_metadata() -> None:
    assert wrapped("text") == entry_of({**SOUND, "metadata": "text"}).metadata


def test_hostile_documents_are_refused_not_crashed_on() -> None:
    values: list[Any] = [None, 1, "x", [], {}, [[1]], [None] * 648, [10**400] * 648, float("nan")]
    for name in ("signature", "path", "metadata", "timestamp", "simple_word_5", "simple_words"):
        for value in values:
            try:
                entry_of({**SOUND, name: value})
            except ItemError:
                continue
    for fields in ({}, {"a": {"signature": 1}, "b": {"signature": 1}}, {"signature": None}):
        with pytest.raises(ItemError):
            entry_of(fields)
