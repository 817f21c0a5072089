"""Enrolment: from media that is lawfully held to entries of a list and to a pack to share."""
