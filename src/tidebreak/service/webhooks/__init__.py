"""Telling others over HTTP that something was decided, without saying what it was recognised by."""

from __future__ import annotations
