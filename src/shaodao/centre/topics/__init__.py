"""专题: what many cases have in common, given to one lead unit with a limit. `topic` is pure; `actions` is the only door."""
