"""The relational schema, its migrations, the seals' key and the vault."""

from __future__ import annotations
