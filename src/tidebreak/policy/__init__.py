"""What to do with what was found: one readable file of rules, and what keeps it safe.

`book` keeps the file that is in force, `policy` decides a `case` by it, `floods` notices an entry
that suddenly matches everything, `check` and `dry_run` say what a file would do.
"""
