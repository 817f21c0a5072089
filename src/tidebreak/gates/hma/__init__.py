"""Speaks the interface of Hasher-Matcher-Actioner (HMA), so that its clients need no change.

Source: facebook/ThreatExchange, ``hasher-matcher-actioner`` 1.1.7. What is different on purpose,
and why, is in ``docs/hma.md``.
"""
