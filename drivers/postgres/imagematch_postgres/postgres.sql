-- Layout 1 of an index in PostgreSQL, and what is asked of it.
-- A statement's name stands above it; the driver reads this file by those lines and fills in the
-- quoted names of the tables and indexes.

-- name: create
-- One row: the number of this layout and the core's text.
CREATE TABLE {info} (
    layout integer NOT NULL,
    info text NOT NULL
);
-- Everything is compared by bytes, so that the database's locale, and an update of it, change
-- nothing.
CREATE TABLE {records} (
    id text COLLATE "C" NOT NULL,
    signature bytea NOT NULL,
    words integer[] NOT NULL,
    tags text[] COLLATE "C" NOT NULL,
    body text NOT NULL,
    CONSTRAINT {new_ids} PRIMARY KEY (id)
){by_hash};
-- Searching reads these of every candidate: keep them beside it, whatever the size of the rest.
ALTER TABLE {records} ALTER signature SET STORAGE MAIN, ALTER words SET STORAGE MAIN;
-- Without fastupdate = off new words wait in a list that every search reads whole.
CREATE INDEX {new_tags} ON {records} USING gin (tags) WITH (fastupdate = off);

-- name: partition
-- Has the columns, storage and indexes of the table; the server names its indexes.
CREATE TABLE {partition} PARTITION OF {records}
FOR VALUES WITH (MODULUS {modulus}, REMAINDER {remainder});

-- name: index_words
-- Built in one piece the pages of the index stay half empty; in several they are filled, which
-- takes no longer.
SET LOCAL maintenance_work_mem = '16MB';
CREATE INDEX {new_words} ON {records} USING gin (words pg_catalog.array_ops) WITH (fastupdate = off);

-- name: unindex_words
DROP INDEX {words};

-- name: optimize
VACUUM (ANALYZE) {records};

-- name: store_info
INSERT INTO {info} (layout, info) VALUES (%(layout)s, %(info)s);

-- name: drop
DROP TABLE {records}, {info};

-- name: isolate
SET TRANSACTION ISOLATION LEVEL READ COMMITTED;

-- name: begin
SET LOCAL client_encoding = 'UTF8';
SELECT set_config('synchronous_commit', 'on', true)
WHERE current_setting('synchronous_commit') <> 'remote_apply';

-- name: settings
SELECT current_setting('client_encoding'), current_setting('statement_timeout');

-- name: restore
SELECT set_config('client_encoding', %(encoding)s, true),
    set_config('statement_timeout', %(timeout)s, true);

-- name: lock
SELECT pg_advisory_xact_lock(hashtextextended(%(name)s, 0));

-- name: existing
-- What has a name of ours, and the columns of our table of one row.
SELECT relname, ARRAY(
    SELECT attname::text FROM pg_attribute
    WHERE attrelid = pg_class.oid AND attnum > 0 AND relkind = 'r' AND relname = %(info)s
    ORDER BY attnum
)
FROM pg_class
WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = %(schema)s)
    AND relname = ANY (%(names)s::name[]);

-- name: place
SELECT current_setting('server_encoding'), EXISTS (
    SELECT FROM pg_namespace WHERE nspname = %(schema)s
);

-- name: info
SELECT layout, info FROM {info};

-- name: put
-- What is stored as it is given stays untouched. Rows are written, and so locked, in the order of
-- ids, by which writers can't block one another in a circle.
INSERT INTO {records} (id, signature, words, tags, body)
SELECT given.id, given.signature, given.words::integer[], given.tags::text[], given.body
FROM unnest(
    %(ids)b::text[], %(signatures)b::bytea[], %(words)b::text[], %(tags)b::text[], %(bodies)b::text[]
) AS given (id, signature, words, tags, body)
WHERE NOT EXISTS (
    SELECT FROM {records} AS stored
    WHERE stored.id = given.id
        AND stored.signature = given.signature
        AND stored.words = given.words::integer[]
        AND stored.tags = given.tags::text[]
        AND stored.body = given.body
)
ORDER BY given.id COLLATE "C"
ON CONFLICT (id) DO UPDATE
SET signature = excluded.signature, words = excluded.words, tags = excluded.tags,
    body = excluded.body;

-- name: delete
WITH doomed AS (
    SELECT id FROM {records} WHERE id = ANY (%(ids)s::text[]) ORDER BY id FOR UPDATE
)
DELETE FROM {records} AS stored USING doomed WHERE stored.id = doomed.id;

-- name: get
SELECT id, signature, body FROM {records} WHERE id = ANY (%(ids)s::text[]);

-- name: prepare_search
-- A plan that reads the whole table compares every word with every other. Compiling takes longer
-- than searching. A set of candidates that outgrows work_mem is compared again, row by row.
SELECT set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true),
    set_config('work_mem', '64MB', true), {has_words};

-- name: candidates
-- While there is no index of words (indexed is false) every record is looked at. Tags are
-- compared after words, never instead of them: IS TRUE keeps the index of tags out of the plan.
-- The extension intarray has an && of its own, for which our index is none.
SELECT id, shared, signature
FROM (
    SELECT id, signature, (
        SELECT count(*) FROM (SELECT unnest(words) AS word) AS own
        WHERE word = ANY (%(words)s::integer[])
    ) AS shared
    FROM {records}
    WHERE (NOT %(indexed)s OR words OPERATOR(pg_catalog.&&) %(words)s::integer[])
        AND (tags @> %(tags)s::text[]) IS TRUE
    OFFSET 0
) AS hit
WHERE shared > 0
ORDER BY shared DESC, id LIMIT %(limit)s;

-- name: scan
SELECT id, signature, body
FROM (
    SELECT id, signature, body, sum(octet_length(body)) OVER (ORDER BY id) AS size
    FROM (
        SELECT id, signature, body FROM {records}
        WHERE (%(after)s::text IS NULL OR id > %(after)s::text) AND tags @> %(tags)s::text[]
        ORDER BY id LIMIT %(limit)s
    ) AS page
) AS sized
WHERE size - octet_length(body) < %(bytes)s
ORDER BY id;

-- name: count
SELECT count(*) FROM {records};

-- name: is_empty
SELECT NOT EXISTS (SELECT FROM {records});

-- name: has_words
SELECT {has_words};

-- name: version
SHOW server_version;
