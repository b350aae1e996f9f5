"""Ids, revisions and bodies: what an index stores beside a signature."""

import hashlib
import json
from typing import Any

import pytest

from imagematch_core.errors import IndexFormatError, ItemError
from imagematch_core.model import PictureInfo
from imagematch_core.protocol.values import Stored
from imagematch_core.records.bodies import (
    dump_info,
    load_body,
    load_entry,
    load_info,
    new_body,
    to_record,
)
from imagematch_core.records.identity import check_id, check_path, id_of_path

SEEN = PictureInfo("JPEG", 640, 480, 12_345, frames=7)


def test_the_id_is_made_from_the_path() -> None:
    assert id_of_path("/a/ü.jpg") == hashlib.sha256("/a/ü.jpg".encode()).hexdigest()[:32]


@pytest.mark.parametrize("good", ["a", "x" * 512, "é" * 256, "🎨", " trailing ", "\n"])
def test_ids_that_can_be_stored(good: str) -> None:
    assert check_id(good) == good


@pytest.mark.parametrize("bad", ["", "x" * 513, "é" * 257, "a\0b", "\ud800", 7, b"a", None])
def test_ids_that_cannot(bad: object) -> None:
    with pytest.raises(ItemError):
        check_id(bad)


@pytest.mark.parametrize("bad", ["\udc80.jpg", 7, b"a"])
def test_paths_that_cannot_be_stored(bad: object) -> None:
    with pytest.raises(ItemError):
        check_path(bad)


def test_info_is_canonical_and_comes_back() -> None:
    text = dump_info("goldberg-1")
    assert text == '{"format":1,"algorithm":"goldberg-1","tags":1}'
    assert load_info(text).algorithm == "goldberg-1"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"format":2,"algorithm":"goldberg-1","tags":1}',
        '{"format":1,"algorithm":"goldberg-1","tags":2}',
        '{"format":"x","algorithm":"goldberg-1","tags":1}',
    ],
)
def test_an_unknown_format_is_refused(text: str) -> None:
    with pytest.raises(IndexFormatError):
        load_info(text)


def _stored(body: dict[str, Any]) -> Stored:
    record = to_record("an id", b"signature", body)
    return Stored(record.id, record.signature, record.body)


def test_an_entry_comes_back_as_it_was_written() -> None:
    stored = _stored(new_body("/a.jpg", {"n": 1e16, "s": "\0\udc80"}, "r1", SEEN))
    entry = load_entry(stored, "goldberg-2")
    assert (entry.id, entry.path, entry.revision) == ("an id", "/a.jpg", "r1")
    assert entry.metadata == {"n": 1e16, "s": "\0\udc80"}
    assert entry.picture == SEEN
    assert entry.added_at.utcoffset() is not None
    assert load_entry(_stored(new_body("", None, "r", None)), "goldberg-2").picture is None


def test_rewriting_keeps_metadata_and_what_later_versions_added() -> None:
    previous = {**new_body("/a.jpg", {"a": 1}, "r1", SEEN), "later": [1, 2]}
    kept = new_body("/b.jpg", None, "r2", None, previous)
    assert kept["metadata"] == {"a": 1}
    assert kept["later"] == [1, 2]
    assert (kept["path"], kept["revision"], kept["picture"]) == ("/b.jpg", "r2", None)
    assert new_body("/b.jpg", {}, "r2", None, previous)["metadata"] == {}


def test_a_body_that_is_too_long_is_refused() -> None:
    to_record("i", b"s", new_body("", {"text": "x" * 1_000_000}, "r", None))
    with pytest.raises(ItemError, match="1048576 are the most"):
        to_record("i", b"s", new_body("", {"text": "é" * 200_000}, "r", None))


@pytest.mark.parametrize("body", ["", "{}", "[]", "null", '{"v": 2}', '{"v": "1"}'])
def test_a_body_of_another_version_is_refused(body: str) -> None:
    with pytest.raises(IndexFormatError, match="'an id'"):
        load_body(Stored("an id", b"s", body))


def test_unknown_parts_of_a_body_do_not_matter() -> None:
    body = new_body("/a.jpg", None, "r", SEEN)
    body["picture"]["colours"] = 3
    body["later"] = True
    assert load_entry(Stored("i", b"s", json.dumps(body)), "goldberg-2").picture == SEEN
