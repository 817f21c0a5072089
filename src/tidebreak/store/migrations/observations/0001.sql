-- What was examined, when, and what came of it (observations.py says what the rows mean).
CREATE TABLE scan (
  id INTEGER PRIMARY KEY, started TEXT NOT NULL, finished TEXT, manifest TEXT NOT NULL
) STRICT;
CREATE TABLE file (
  id INTEGER PRIMARY KEY, path BLOB NOT NULL, device INTEGER NOT NULL, inode INTEGER NOT NULL,
  size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, ctime_ns INTEGER NOT NULL,
  engine TEXT NOT NULL, complete INTEGER NOT NULL
) STRICT;
CREATE INDEX file_by_path ON file (path);
CREATE TABLE observation (
  id INTEGER PRIMARY KEY, file_id INTEGER NOT NULL REFERENCES file (id), member BLOB NOT NULL,
  size INTEGER NOT NULL, content TEXT NOT NULL, types BLOB NOT NULL, seals BLOB NOT NULL,
  regions TEXT NOT NULL, reason TEXT NOT NULL, note TEXT NOT NULL, preproc TEXT NOT NULL,
  trivial INTEGER NOT NULL
) STRICT;
CREATE INDEX observation_by_file ON observation (file_id);
CREATE TABLE result (
  scan_id INTEGER NOT NULL, observation_id INTEGER NOT NULL, state TEXT NOT NULL,
  level TEXT NOT NULL, level_rank INTEGER NOT NULL, reason TEXT NOT NULL, verdict TEXT NOT NULL,
  PRIMARY KEY (scan_id, observation_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE visit (
  scan_id INTEGER NOT NULL, path BLOB NOT NULL, file_id INTEGER NOT NULL,
  PRIMARY KEY (scan_id, path)
) STRICT, WITHOUT ROWID;
CREATE INDEX visit_by_file ON visit (scan_id, file_id);
