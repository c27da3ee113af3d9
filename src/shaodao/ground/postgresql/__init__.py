"""Django's backend for PostgreSQL, with a cheaper look at connections of the pool."""
