-- What is kept by name are numbers, the key's check apart: a form that every back end has.
CREATE TABLE key_check (value BLOB NOT NULL) STRICT;
INSERT INTO key_check (value) SELECT CAST(value AS BLOB) FROM meta WHERE name = 'key_check';
CREATE TABLE number (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
INSERT INTO number (name, value)
    SELECT name, CAST(value AS INTEGER) FROM meta WHERE name != 'key_check';
DROP TABLE meta;
ALTER TABLE number RENAME TO meta;
