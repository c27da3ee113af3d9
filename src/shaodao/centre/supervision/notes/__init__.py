"""圈阅、批示: what a leader writes on a case, an order, a briefing, a ranking. `note` is pure; `actions` is the door."""
