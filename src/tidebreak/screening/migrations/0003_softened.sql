-- What made less of hits at that moment: allow lists, disputes. What is known of this moment only.
ALTER TABLE listing ADD COLUMN softened TEXT NOT NULL DEFAULT '';
