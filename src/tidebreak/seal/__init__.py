"""Asking whether something is known without holding a list that can be read."""
