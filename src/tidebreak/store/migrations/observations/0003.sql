-- The seal of the SHA-256, by which results are put in order; x'010203' are MD5, SHA-1, SHA-256.
ALTER TABLE observation ADD COLUMN content_key BLOB NOT NULL DEFAULT x'';
UPDATE observation SET content_key = substr(seals, 33, 16) WHERE substr(types, 1, 3) = x'010203';
