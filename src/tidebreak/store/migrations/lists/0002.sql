-- Entries that were derived: a torrent found to hold a known file yields its own identifiers as an
-- entry on the list of that file. Such an entry counts while any of its parents does.

CREATE TABLE derivation (
    entry      INTEGER NOT NULL REFERENCES entry,
    parent     INTEGER NOT NULL REFERENCES entry,
    seal       BLOB NOT NULL,    -- by which the parent was recognised
    grade      TEXT NOT NULL,    -- how strongly
    derived_at TEXT NOT NULL,
    actor      TEXT NOT NULL,
    files      INTEGER NOT NULL, -- that the torrent has, 0 where nobody knows
    PRIMARY KEY (entry, parent)
) STRICT, WITHOUT ROWID;

CREATE INDEX derivation_parent ON derivation (parent);

-- Derived entries whose parents all ceased to count.
CREATE VIEW orphan AS
SELECT DISTINCT entry FROM derivation AS own
WHERE NOT EXISTS (
    SELECT 1 FROM derivation JOIN entry ON entry.number = parent
    WHERE derivation.entry = own.entry AND withdrawn_at IS NULL AND retired_by IS NULL
);
