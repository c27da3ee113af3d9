"""The residents' pages: whistle without an account, follow by link or number and phone, rate, say it is not solved."""
