-- One scan whose matching happens elsewhere. terms: whom it asks and what it sends, as JSON.
-- finished is empty while it is under way or was interrupted.
CREATE TABLE run (
    id INTEGER PRIMARY KEY,
    started TEXT NOT NULL,
    finished TEXT NOT NULL DEFAULT '',
    terms TEXT NOT NULL,
    roots TEXT NOT NULL
) STRICT;

-- One thing that was examined. While it waits for its answer, signals holds what will be sent,
-- encrypted; afterwards nothing.
CREATE TABLE item (
    id INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES run (id),
    path BLOB NOT NULL,
    member BLOB NOT NULL,
    size INTEGER NOT NULL,
    content TEXT NOT NULL,
    reason TEXT NOT NULL,
    note TEXT NOT NULL,
    state TEXT NOT NULL,
    level TEXT NOT NULL,
    verdict TEXT NOT NULL,
    version TEXT NOT NULL,
    waiting INTEGER NOT NULL,
    signals BLOB
) STRICT;

CREATE INDEX item_by_path ON item (run, path);

CREATE INDEX item_waiting ON item (run, waiting, id);
