"""Sightings: lawfully held logs, kept sealed, and who spreads the most known content in them."""
