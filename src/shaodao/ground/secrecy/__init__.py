"""Keeping words from whoever holds the database: boxes, envelopes, passphrases, shares. Pure; see docs/decisions."""
