-- What was asked and answered. Ids sort by time. "earlier" is the screening of which this is a
-- later verdict, by lists that came after it; "parts" is JSON without any identifier of content.
CREATE TABLE screening (
    id           TEXT PRIMARY KEY,
    at           TEXT NOT NULL,
    client       TEXT NOT NULL,
    surface      TEXT NOT NULL,
    jurisdiction TEXT NOT NULL,
    item         TEXT NOT NULL,
    state        TEXT NOT NULL,
    level        TEXT NOT NULL,
    action       TEXT NOT NULL,
    rule         TEXT NOT NULL,
    why          TEXT NOT NULL,
    legal_basis  TEXT NOT NULL,
    policy       TEXT NOT NULL,
    holds        TEXT NOT NULL,
    version      TEXT NOT NULL,
    sandbox      INTEGER NOT NULL,
    earlier      TEXT NOT NULL,
    parts        TEXT NOT NULL,
    waits        INTEGER NOT NULL
) STRICT;
CREATE INDEX screening_waits ON screening (waits, id);
CREATE INDEX screening_level ON screening (level, id);
CREATE INDEX screening_action ON screening (action, id);
CREATE INDEX screening_earlier ON screening (earlier);

-- What was said of which part: digests of (list, entry), so that nothing is said twice.
CREATE TABLE told (
    screening_id TEXT NOT NULL,
    part         INTEGER NOT NULL,
    pair         BLOB NOT NULL,
    PRIMARY KEY (screening_id, part, pair)
) STRICT;

-- How many, by hour; kept when what it counts is forgotten.
CREATE TABLE tally (
    hour    TEXT NOT NULL,
    client  TEXT NOT NULL,
    surface TEXT NOT NULL,
    state   TEXT NOT NULL,
    level   TEXT NOT NULL,
    action  TEXT NOT NULL,
    number  INTEGER NOT NULL,
    PRIMARY KEY (hour, client, surface, state, level, action)
) STRICT;

-- What people said of a verdict.
CREATE TABLE review (
    id           INTEGER PRIMARY KEY,
    screening_id TEXT NOT NULL,
    at           TEXT NOT NULL,
    reviewer     TEXT NOT NULL,
    outcome      TEXT NOT NULL,
    note         TEXT NOT NULL
) STRICT;
CREATE INDEX review_screening ON review (screening_id);

-- What is kept of each part, sealed, until it is packed into a block. "lists" counts the changes
-- of the lists up to those that it has been compared with.
CREATE TABLE observation (
    id           INTEGER PRIMARY KEY,
    screening_id TEXT NOT NULL,
    part         INTEGER NOT NULL,
    lists        INTEGER NOT NULL,
    member       BLOB NOT NULL,
    size         INTEGER NOT NULL,
    content      TEXT NOT NULL,
    types        BLOB NOT NULL,
    seals        BLOB NOT NULL,
    views        BLOB NOT NULL,
    preproc      TEXT NOT NULL,
    sequence     BLOB NOT NULL,
    duration_ms  INTEGER NOT NULL
) STRICT;

-- The same, thousands together, column by column: a pass reads only what it compares.
CREATE TABLE block (
    id     INTEGER PRIMARY KEY,
    first  TEXT NOT NULL,
    last   TEXT NOT NULL,
    number INTEGER NOT NULL,
    lists  INTEGER NOT NULL
) STRICT;
CREATE INDEX block_lists ON block (lists, id);
CREATE TABLE block_column (
    block_id INTEGER NOT NULL,
    name     TEXT NOT NULL,
    owners   BLOB NOT NULL,
    data     BLOB NOT NULL,
    PRIMARY KEY (block_id, name)
) STRICT;

-- What counted at some moments, from which follows what has come to count since.
CREATE TABLE listing (
    lists     INTEGER PRIMARY KEY,
    covers    INTEGER NOT NULL,
    counting  TEXT NOT NULL,
    withdrawn BLOB NOT NULL
) STRICT;

-- Who does what only one process may do at a time, and until when (seconds since 1970).
CREATE TABLE lease (
    name   TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    until  REAL NOT NULL
) STRICT;
