"""Records into the layout of each driver as fast as its client can, by hand.

What a person would write who wants these records in this database, once, and nothing else: no
checks, no retries, no answer for each record, and the index of words built at the end.
"""

import base64
import json
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import psycopg
from elasticsearch import Elasticsearch, helpers
from imagematch_es import documents
from imagematch_es.target import from_url
from imagematch_postgres.statements import Statements
from pymongo import MongoClient

from imagematch_core.protocol.values import Record

INDEX = "byhand"
"""The name of the index, which a driver has created."""


def sqlite(url: str, records: Sequence[Record]) -> None:
    with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
        rows = list(enumerate(records, 1))
        connection.executemany(
            f"INSERT INTO imagematch_rec_{INDEX} VALUES (?, ?, ?, ?, ?, ?)",
            (
                (rec, one.id, one.signature, b"", json.dumps(list(one.tags)), one.body)
                for rec, one in rows
            ),
        )
        words = sorted((word, rec) for rec, one in rows for word in one.words)
        connection.executemany(f"INSERT INTO imagematch_words_{INDEX} VALUES (?, ?)", words)
        tags = sorted((tag, rec) for rec, one in rows for tag in one.tags)
        connection.executemany(f"INSERT INTO imagematch_tags_{INDEX} VALUES (?, ?)", tags)


def postgresql(url: str, records: Sequence[Record]) -> None:
    sql = Statements("public", INDEX)
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(sql["unindex_words"])
        with cursor.copy(
            f"COPY imagematch_rec_{INDEX} (id, signature, words, tags, body) FROM STDIN"
        ) as copy:
            for one in records:
                copy.write_row((one.id, one.signature, list(one.words), list(one.tags), one.body))
        cursor.execute(sql["index_words"])


def mongodb(url: str, records: Sequence[Record]) -> None:
    with MongoClient[Any](url) as client:
        database = client.get_default_database()
        marker = database[f"imagematch.{INDEX}"].find_one({"_id": "imagematch"})
        assert marker is not None
        collection = database[f"imagematch.{INDEX}.{marker['records']}"]
        collection.drop_index("words")
        collection.insert_many(
            (
                {
                    "_id": one.id,
                    "words": list(one.words),
                    "signature": one.signature,
                    "tags": list(one.tags),
                    "body": one.body,
                }
                for one in records
            ),
            ordered=False,
        )
        collection.create_index("words", name="words")


def elasticsearch(url: str, records: Sequence[Record]) -> None:
    client, _ = from_url(url, {})
    with client:
        actions = (
            {
                "_index": f"imagematch-{INDEX}",
                "_id": one.id,
                "id": one.id,
                "words": documents.parts(one.words),
                "tags": one.tags,
                "signature": base64.b64encode(one.signature).decode(),
                "body": one.body,
            }
            for one in records
        )
        helpers.bulk(client, actions, chunk_size=1_000)
        client.indices.refresh(index=f"imagematch-{INDEX}")


BULK: dict[str, Callable[[str, Sequence[Record]], None]] = {
    "sqlite": sqlite,
    "postgresql": postgresql,
    "mongodb": mongodb,
    "elasticsearch": elasticsearch,
}


class ImageMatchES:
    """image-match 1.1.2's documents and query, in its own layout.

    Its code asks for a client of 2017; these are the documents and the query that it sends. The
    mapping is what Elasticsearch makes of them by itself, as there.
    """

    index = "image-match"

    def __init__(self, client: Elasticsearch) -> None:
        self._client = client

    def insert(self, records: Sequence[Record], signatures: Sequence[list[int]]) -> None:
        """One document at a time, as its `insert_single_record` does."""
        for record, signature in zip(records, signatures, strict=True):
            self._client.index(index=self.index, document=_document(record, signature))

    def fill(self, records: Iterable[Record], signatures: Iterable[list[int]]) -> None:
        """The same documents, in bulk: image-match can't."""
        documents = map(_document, records, signatures)
        actions = ({"_index": self.index, "_source": one} for one in documents)
        helpers.bulk(self._client, actions, chunk_size=1_000)
        self._client.indices.refresh(index=self.index)

    def search(self, record: Record) -> list[dict[str, Any]]:
        """Ask for the 100 best documents; return them, without their words."""
        words = [{"term": {name: word}} for name, word in _simple_words(record).items()]
        answer = self._client.search(
            index=self.index,
            query={"bool": {"should": words}},
            source_excludes=["simple_word_*"],
            size=100,
        )
        return [hit["_source"] for hit in answer["hits"]["hits"]]


def _document(record: Record, signature: list[int]) -> dict[str, Any]:
    body = json.loads(record.body)
    return {
        "path": body["path"],
        "signature": signature,
        "metadata": body["metadata"],
        "timestamp": "2017-03-01T12:00:00",
        **_simple_words(record),
    }


def _simple_words(record: Record) -> dict[str, int]:
    return {f"simple_word_{number}": word for number, word in enumerate(record.words)}
