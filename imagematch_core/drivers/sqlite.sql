-- Layout 1 of an index in SQLite, and what is asked of it. {index} is the name of the index.
-- A statement's name stands above it; the driver reads this file by those lines.

-- name: create
-- One row: the number of this layout, the core's text, and the last record whose words are in
-- imagematch_words (those after it were put while loading).
CREATE TABLE "imagematch_index_{index}" (
    layout INTEGER NOT NULL,
    info TEXT NOT NULL,
    indexed INTEGER NOT NULL
);
-- words: signed 32-bit little-endian, ascending. tags: a JSON list. Both repeat what the two
-- tables below hold, so that a record can be compared and deleted without another index.
-- The body, which may be long, comes last.
CREATE TABLE "imagematch_rec_{index}" (
    rec INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    signature BLOB NOT NULL,
    words BLOB NOT NULL,
    tags TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE TABLE "imagematch_words_{index}" (
    token INTEGER NOT NULL,
    rec INTEGER NOT NULL,
    PRIMARY KEY (token, rec)
) WITHOUT ROWID;
CREATE TABLE "imagematch_tags_{index}" (
    tag TEXT NOT NULL,
    rec INTEGER NOT NULL,
    PRIMARY KEY (tag, rec)
) WITHOUT ROWID;

-- name: store_info
INSERT INTO "imagematch_index_{index}" (layout, info, indexed) VALUES (?, ?, 0);

-- name: drop
DROP TABLE "imagematch_tags_{index}";
DROP TABLE "imagematch_words_{index}";
DROP TABLE "imagematch_rec_{index}";
DROP TABLE "imagematch_index_{index}";

-- name: existing
SELECT name FROM sqlite_master WHERE name IN (
    'imagematch_index_{index}', 'imagematch_rec_{index}',
    'imagematch_words_{index}', 'imagematch_tags_{index}'
);

-- name: others
SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name NOT GLOB 'imagematch_*';

-- name: columns
SELECT name FROM pragma_table_info('imagematch_index_{index}') ORDER BY cid;

-- name: info
SELECT layout, info FROM "imagematch_index_{index}";

-- name: position
SELECT indexed, coalesce((SELECT max(rec) FROM "imagematch_rec_{index}"), 0)
FROM "imagematch_index_{index}";

-- name: set_indexed
UPDATE "imagematch_index_{index}" SET indexed = ?;

-- name: known
SELECT id, rec, words, tags FROM "imagematch_rec_{index}"
WHERE id IN (SELECT value FROM json_each(?));

-- name: insert
INSERT INTO "imagematch_rec_{index}" (rec, id, signature, words, tags, body)
VALUES (?, ?, ?, ?, ?, ?);

-- name: update
UPDATE "imagematch_rec_{index}" SET signature = ?, words = ?, tags = ?, body = ? WHERE rec = ?;

-- name: delete
DELETE FROM "imagematch_rec_{index}" WHERE rec = ?;

-- name: add_word
INSERT INTO "imagematch_words_{index}" (token, rec) VALUES (?, ?);

-- name: remove_word
DELETE FROM "imagematch_words_{index}" WHERE token = ? AND rec = ?;

-- name: add_tag
INSERT INTO "imagematch_tags_{index}" (tag, rec) VALUES (?, ?);

-- name: remove_tag
DELETE FROM "imagematch_tags_{index}" WHERE tag = ? AND rec = ?;

-- name: get
SELECT id, signature, body FROM "imagematch_rec_{index}"
WHERE id IN (SELECT value FROM json_each(?));

-- name: candidates
-- Only hits that are above, or tie for, the last place are looked up in imagematch_rec.
WITH hit (rec, shared) AS MATERIALIZED (
    SELECT word.rec, count(*)
    FROM json_each(:words) AS wanted
    CROSS JOIN "imagematch_words_{index}" AS word ON word.token = wanted.value
    GROUP BY word.rec
    HAVING :tag_count = 0 OR :tag_count = (
        SELECT count(*)
        FROM json_each(:tags) AS asked
        CROSS JOIN "imagematch_tags_{index}" AS tag
            ON tag.tag = asked.value AND tag.rec = word.rec
    )
)
SELECT id, shared, signature
FROM hit CROSS JOIN "imagematch_rec_{index}" AS found ON found.rec = hit.rec
WHERE shared >= coalesce(
    (SELECT shared FROM hit ORDER BY shared DESC LIMIT 1 OFFSET :limit - 1), 0
)
ORDER BY shared DESC, id LIMIT :limit;

-- name: backlog
SELECT rec, words FROM "imagematch_rec_{index}" WHERE rec > ? ORDER BY rec;

-- name: backlog_records
SELECT id, signature, words, tags FROM "imagematch_rec_{index}" WHERE rec > ?;

-- name: scan
SELECT id, signature, body FROM "imagematch_rec_{index}" AS found
WHERE id > coalesce(:after, '') AND (
    :tag_count = 0 OR :tag_count = (
        SELECT count(*)
        FROM json_each(:tags) AS asked
        CROSS JOIN "imagematch_tags_{index}" AS tag
            ON tag.tag = asked.value AND tag.rec = found.rec
    )
)
ORDER BY id LIMIT :limit;

-- name: count
SELECT count(*) FROM "imagematch_rec_{index}";
