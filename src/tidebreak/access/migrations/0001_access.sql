-- Counts the changes of who may do what, so that every process notices them.
CREATE TABLE revision (id INTEGER PRIMARY KEY, number INTEGER NOT NULL) STRICT;
INSERT INTO revision (id, number) VALUES (1, 0);

-- A key: what it may do. Its secrets, of which only digests are kept, may be rotated.
CREATE TABLE api_key (
    id          TEXT PRIMARY KEY,
    name        TEXT NOT NULL,
    scope       TEXT NOT NULL,
    made_at     TEXT NOT NULL,
    revoked_at  TEXT NOT NULL DEFAULT '',
    revoked_why TEXT NOT NULL DEFAULT '',
    last_used   TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE UNIQUE INDEX api_key_name ON api_key (name) WHERE revoked_at = '';
CREATE TABLE secret (
    id         TEXT PRIMARY KEY,
    api_key    TEXT NOT NULL REFERENCES api_key (id),
    digest     BLOB NOT NULL,
    made_at    TEXT NOT NULL,
    expires_at TEXT NOT NULL
) STRICT;
CREATE INDEX secret_of ON secret (api_key);

-- People. Those with an issuer are known by their organisation's provider alone.
CREATE TABLE person (
    id           TEXT PRIMARY KEY,
    name         TEXT NOT NULL,
    folded       TEXT NOT NULL UNIQUE,
    roles        TEXT NOT NULL,
    made_at      TEXT NOT NULL,
    disabled_at  TEXT NOT NULL DEFAULT '',
    disabled_why TEXT NOT NULL DEFAULT '',
    password     TEXT NOT NULL DEFAULT '',
    totp         BLOB,
    last_step    INTEGER NOT NULL DEFAULT 0,
    invitation   BLOB,
    invited_to   TEXT NOT NULL DEFAULT '',
    issuer       TEXT NOT NULL DEFAULT '',
    subject      TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE UNIQUE INDEX person_elsewhere ON person (issuer, subject) WHERE issuer <> '';
CREATE UNIQUE INDEX person_invited ON person (invitation) WHERE invitation IS NOT NULL;
CREATE TABLE recovery (
    digest BLOB PRIMARY KEY,
    person TEXT NOT NULL REFERENCES person (id)
) STRICT;
CREATE TABLE session (
    digest  BLOB PRIMARY KEY,
    person  TEXT NOT NULL REFERENCES person (id),
    made_at TEXT NOT NULL,
    seen_at TEXT NOT NULL
) STRICT;
CREATE INDEX session_of ON session (person);

-- Log-ins that failed, by a digest of what they have in common.
CREATE TABLE attempt (
    digest    BLOB PRIMARY KEY,
    failures  INTEGER NOT NULL,
    failed_at REAL NOT NULL,
    wait_to   REAL NOT NULL
) STRICT;
-- Log-ins at a provider that have been begun.
CREATE TABLE pending (
    digest  BLOB PRIMARY KEY,
    content BLOB NOT NULL,
    until   TEXT NOT NULL
) STRICT;

CREATE TABLE usage (
    who   TEXT NOT NULL,
    day   TEXT NOT NULL,
    asked INTEGER NOT NULL,
    hits  INTEGER NOT NULL,
    PRIMARY KEY (who, day)
) STRICT;
-- Each alarm is raised once a day, by whichever process comes first.
CREATE TABLE alarm (
    id        INTEGER PRIMARY KEY,
    who       TEXT NOT NULL,
    name      TEXT NOT NULL,
    kind      TEXT NOT NULL,
    day       TEXT NOT NULL,
    detail    TEXT NOT NULL,
    raised_at TEXT NOT NULL,
    seen_at   TEXT NOT NULL DEFAULT '',
    seen_by   TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE UNIQUE INDEX alarm_once ON alarm (who, kind, day);
