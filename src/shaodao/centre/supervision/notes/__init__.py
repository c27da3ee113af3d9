"""圈阅、批示: what a county leader writes on a case, an order, a briefing. `note` is pure; `actions` is the door."""
