"""Messages out (outbox, written in the transaction of what they tell) and in (inbox, each taken once)."""
