"""Asking a server that never learns what it is asked: who serves and who asks."""
