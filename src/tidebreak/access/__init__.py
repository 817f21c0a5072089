"""Who may do what: keys of programmes, accounts of people, roles, quotas."""

from __future__ import annotations
