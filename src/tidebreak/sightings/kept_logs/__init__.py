"""Sightings at rest: rows of codes, and sealed dictionaries."""
