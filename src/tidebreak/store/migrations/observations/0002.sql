-- What the first form knew of near hashes is read anew: its engine is another one.
ALTER TABLE observation DROP COLUMN regions;
ALTER TABLE observation ADD COLUMN views BLOB NOT NULL DEFAULT x'';
ALTER TABLE observation ADD COLUMN sequence BLOB NOT NULL DEFAULT x'';
ALTER TABLE observation ADD COLUMN duration_ms INTEGER NOT NULL DEFAULT 0;
