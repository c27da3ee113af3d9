"""Whistles from a table of another system: `table` reads it, `rows` understands a row, `filing` files it."""
