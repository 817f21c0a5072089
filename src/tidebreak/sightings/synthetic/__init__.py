"""Synthetic logs whose truth is known: for tests, benchmarks and practice."""
