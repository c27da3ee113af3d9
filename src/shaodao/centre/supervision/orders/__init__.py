"""督办单: a problem that is still not put right, demanded of one unit with a limit. `order` is pure; `actions` is the only door."""
