-- What HMA knows of its banks and their contents besides what the catalogue has of lists and
-- entries. A bank is a list, a content is an entry.

-- Lists without a row here are called as their names say, with a ratio of 1. made is 1 for those
-- that were made through HMA's interface.
CREATE TABLE bank (
    list_id INTEGER PRIMARY KEY,
    name    TEXT NOT NULL UNIQUE,
    ratio   REAL NOT NULL,
    made    INTEGER NOT NULL
) STRICT;

-- disable_until: 1 never disabled, 0 for good, else until that Unix time. withdrawn is 1 while
-- the entry is withdrawn because of that, deleted is 1 for what HMA shows no more. about and
-- signals are sealed: metadata and note, and, while disabled, what would match.
CREATE TABLE content (
    number        INTEGER PRIMARY KEY,
    list_id       INTEGER NOT NULL,
    disable_until INTEGER NOT NULL,
    withdrawn     INTEGER NOT NULL,
    deleted       INTEGER NOT NULL,
    about         BLOB NOT NULL,
    signals       BLOB NOT NULL
) STRICT;

CREATE INDEX content_withdrawn ON content (withdrawn, deleted);

CREATE TABLE signal_type (
    name  TEXT PRIMARY KEY,
    ratio REAL NOT NULL
) STRICT;
