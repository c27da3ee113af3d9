"""催办: the ladder of the pack climbed, each rung one event and one message. `ladder` and `pressed` are pure; `actions` is
the only door."""
