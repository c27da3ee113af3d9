"""What we ask of the driver beside SQL."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def pipelined() -> Iterator[None]:
    """Send the statements inside one after the other without waiting for each answer.

    Whatever reads a result waits for all of them, so such a statement comes last. A statement that fails takes
    the rest with it and raises here, at the end at the latest; needs a transaction.
    """
    assert connection.in_atomic_block
    with connection.wrap_database_errors, connection.connection.pipeline():
        yield
