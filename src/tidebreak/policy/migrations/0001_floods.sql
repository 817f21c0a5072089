-- How often entries matched (how: exact, exact-weak or near), in slots of five minutes since 1970; of a day or so.
CREATE TABLE flood_count (
    list TEXT NOT NULL,
    entry TEXT NOT NULL,
    how TEXT NOT NULL,
    slot INTEGER NOT NULL,
    matches INTEGER NOT NULL,
    PRIMARY KEY (list, entry, how, slot)
) STRICT;
CREATE INDEX flood_count_slot ON flood_count (slot);

-- Floods, each from its begin to a person's word: open, released or confirmed.
CREATE TABLE flood (
    id INTEGER PRIMARY KEY,
    list TEXT NOT NULL,
    entry TEXT NOT NULL,
    how TEXT NOT NULL,
    began_at TEXT NOT NULL,
    matches INTEGER NOT NULL,
    usual REAL NOT NULL,
    state TEXT NOT NULL,
    ended_at TEXT NOT NULL,
    ended_by TEXT NOT NULL,
    quiet_until INTEGER NOT NULL
) STRICT;
CREATE INDEX flood_entry ON flood (list, entry);
CREATE INDEX flood_state ON flood (state);
