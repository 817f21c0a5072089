-- Lists, their imports, their entries. Migrations only go forward; a shipped one never changes.

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value ANY NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE list (
    id          INTEGER PRIMARY KEY,
    name        TEXT NOT NULL,
    kind        TEXT NOT NULL,
    owner       TEXT NOT NULL,
    legal_basis TEXT NOT NULL,
    scheme      TEXT NOT NULL,
    enabled     INTEGER NOT NULL DEFAULT 1,
    thresholds  TEXT NOT NULL,
    entries     INTEGER NOT NULL DEFAULT 0,
    created_at  TEXT NOT NULL,
    removed_at  TEXT,
    removed_why TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE UNIQUE INDEX list_name ON list (name) WHERE removed_at IS NULL;

CREATE TABLE import (
    id          INTEGER PRIMARY KEY,
    list_id     INTEGER NOT NULL REFERENCES list,
    imported_at TEXT NOT NULL,
    actor       TEXT NOT NULL,
    format      TEXT NOT NULL,
    file_name   TEXT NOT NULL,
    file_sha256 TEXT NOT NULL,
    statement   TEXT NOT NULL,
    result      TEXT NOT NULL DEFAULT '{}',
    about       BLOB NOT NULL DEFAULT x''
) STRICT;

-- An entry never changes: a changed one is retired by the import that brings its successor.
CREATE TABLE entry (
    number         INTEGER PRIMARY KEY,
    list_id        INTEGER NOT NULL REFERENCES list,
    import_id      INTEGER NOT NULL REFERENCES import,
    key            TEXT NOT NULL,
    classification TEXT NOT NULL,
    scheme         TEXT NOT NULL,
    size           INTEGER,
    retired_by     INTEGER REFERENCES import,
    withdrawn_at   TEXT,
    withdrawn_why  TEXT,
    disputed_at    TEXT,
    disputed_why   TEXT
) STRICT;

CREATE INDEX entry_retired ON entry (number) WHERE retired_by IS NOT NULL;
CREATE INDEX entry_touched ON entry (number)
    WHERE withdrawn_at IS NOT NULL OR disputed_at IS NOT NULL;

-- Keyed digests (16 bytes per entry) of an entry's key and of all it says: what a newer version
-- of the list is compared with.
CREATE TABLE digest_block (
    first     INTEGER PRIMARY KEY,
    import_id INTEGER NOT NULL REFERENCES import,
    count     INTEGER NOT NULL,
    keys      BLOB NOT NULL,
    contents  BLOB NOT NULL
) STRICT;

CREATE TABLE vault_block (
    first     INTEGER PRIMARY KEY,
    import_id INTEGER NOT NULL REFERENCES import,
    count     INTEGER NOT NULL,
    sealed    BLOB NOT NULL
) STRICT;

-- Signals of one type, packed: entry numbers (uint32), seals (16 bytes) or PDQ (32 bytes) or
-- nothing for types that cannot be compared, and quality (uint8, 255 unknown) where there is one.
CREATE TABLE signal_block (
    id        INTEGER PRIMARY KEY,
    import_id INTEGER NOT NULL REFERENCES import,
    type      TEXT NOT NULL,
    unmatched TEXT NOT NULL,
    last      INTEGER NOT NULL,
    count     INTEGER NOT NULL,
    entries   BLOB NOT NULL,
    data      BLOB NOT NULL,
    quality   BLOB NOT NULL
) STRICT;

CREATE INDEX digest_import ON digest_block (import_id);
CREATE INDEX vault_import ON vault_block (import_id);
CREATE INDEX signal_import ON signal_block (import_id);
CREATE INDEX signal_last ON signal_block (last);
CREATE INDEX import_list ON import (list_id);
