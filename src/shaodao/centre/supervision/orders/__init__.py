"""督办单: a problem not put right, demanded of one unit with a limit. `order` is pure; `actions` is the only door."""
