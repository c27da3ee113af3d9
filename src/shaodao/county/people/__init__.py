"""Accounts of staff and the posts they hold."""
