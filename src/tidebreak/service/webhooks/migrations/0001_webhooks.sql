-- Whom to tell. ``address`` and ``secret`` are encrypted: they let others in somewhere.
CREATE TABLE hook (
  id TEXT PRIMARY KEY,
  host TEXT NOT NULL,
  address BLOB NOT NULL,
  secret BLOB NOT NULL,
  actions TEXT NOT NULL,
  surfaces TEXT NOT NULL,
  enabled INTEGER NOT NULL,
  created_at TEXT NOT NULL,
  created_by TEXT NOT NULL,
  delivered INTEGER NOT NULL,
  lost INTEGER NOT NULL,
  last_status INTEGER NOT NULL
) STRICT;

-- What is still to be told.
CREATE TABLE delivery (
  id TEXT PRIMARY KEY,
  hook TEXT NOT NULL,
  body TEXT NOT NULL,
  tries INTEGER NOT NULL,
  due REAL NOT NULL
) STRICT;
CREATE INDEX delivery_due ON delivery (due);
CREATE INDEX delivery_hook ON delivery (hook);
