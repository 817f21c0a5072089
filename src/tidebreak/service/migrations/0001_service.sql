-- Requests that are answered once, however often they are sent. ``name`` and ``fingerprint`` are
-- keyed digests; ``answer`` is encrypted, and empty while the request is under way.
CREATE TABLE once (
  name BLOB PRIMARY KEY,
  fingerprint BLOB NOT NULL,
  owner TEXT NOT NULL,
  until REAL NOT NULL,
  status INTEGER NOT NULL,
  answer BLOB NOT NULL
) STRICT;
CREATE INDEX once_until ON once (until);

-- What takes longer than a request.
CREATE TABLE job (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  actor TEXT NOT NULL,
  state TEXT NOT NULL,
  created_at TEXT NOT NULL,
  seen REAL NOT NULL,
  done INTEGER NOT NULL,
  total INTEGER NOT NULL,
  result TEXT NOT NULL,
  error TEXT NOT NULL
) STRICT;

-- Written now and then, to see whether the store can be.
CREATE TABLE beat (
  id INTEGER PRIMARY KEY,
  at REAL NOT NULL
) STRICT;
