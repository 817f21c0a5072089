"""Logs in: whose they are, what their lines say, and what that means."""
