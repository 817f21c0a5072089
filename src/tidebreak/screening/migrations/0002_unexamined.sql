-- How many parts could not be fully examined, stated or not.
ALTER TABLE screening ADD COLUMN unexamined INTEGER NOT NULL DEFAULT 0;
