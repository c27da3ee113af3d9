"""A connection from the pool whose server has gone is replaced, without asking the server each time.

Django's own check sends a statement before every request. An idle connection that ends has the end waiting in its
socket, so looking there tells as much, for one system call.
"""

from typing import Any

from django.db.backends.postgresql import base
from psycopg import Connection, OperationalError


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection[Any]:
        while True:  # as many as the pool had; then it opens new ones, or says that it cannot
            connection = super().get_new_connection(conn_params)
            if not self.pool or _lives(connection):
                return connection
            connection.close()
            self.pool.putconn(connection)


def _lives(connection: Connection[Any]) -> bool:
    try:
        connection.pgconn.consume_input()
    except OperationalError:
        return False
    return True
