"""考核评分: rules of the pack, a month's entries and ranks, published by two persons, appealed against by units."""
