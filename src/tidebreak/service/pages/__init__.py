"""The page for people: how the service does, live. Static files; all that it shows it asks for."""

from __future__ import annotations
