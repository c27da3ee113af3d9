"""公开: what of a case everybody may read, decided by a person at the centre (公开审核), and whether units are ranked in
public. `publication` is pure; `actions` is the only door."""
