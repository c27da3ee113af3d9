"""The embedded server as the tests and the application see it."""

import subprocess
import sys

import psycopg
import pytest
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import ProgrammingError, connection
from django.utils import timezone

from shaodao.run import postgres


def session(key: str) -> Session:
    return Session.objects.create(session_key=key, session_data="", expire_date=timezone.now())


@pytest.mark.parametrize("key", ["first", "second"])
def test_it_rolls_back_between_tests(db: None, key: str) -> None:
    session("same")
    assert Session.objects.count() == 1


def test_it_is_the_application_role_without_truncate(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, usesuper FROM pg_user WHERE usename = current_user")
        assert cursor.fetchone() == (postgres.APP, False)
        with pytest.raises(ProgrammingError, match="permission denied"):
            cursor.execute("TRUNCATE django_session")


def test_it_refuses_the_application_role_new_tables(db: None) -> None:
    with connection.cursor() as cursor, pytest.raises(ProgrammingError, match="permission denied"):
        cursor.execute("CREATE TABLE mine (id int)")


def test_it_commits_in_a_database_of_the_tests_own(
    fresh_db: str, owner_connection: psycopg.Connection
) -> None:
    session("kept")
    assert owner_connection.info.dbname == fresh_db
    assert owner_connection.execute("SELECT count(*) FROM django_session").fetchone() == (1,)


def test_it_gives_the_next_test_an_unmarked_copy(fresh_db: str) -> None:
    assert Session.objects.count() == 0
    assert ContentType.objects.exists()


def test_it_shows_the_same_database_to_a_child_process(fresh_db: str) -> None:
    session("seen")
    code = "from django.contrib.sessions.models import Session; print('count', Session.objects.count())"
    command = [sys.executable, "-m", "shaodao.run", "manage", "shell", "-v", "0", "-c", code]
    assert "count 1" in subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_it_replaces_connections_of_the_pool_that_have_ended(fresh_db: str) -> None:
    """As after a restart of the server: the idle connections are gone, and no request notices."""
    code = """
from threading import Thread
from django.db import connection
def served(statement):
    with connection.cursor() as cursor:
        found = cursor.execute(statement).fetchone()[0]
    connection.close()
    return found
idle = []
with connection.cursor() as cursor:
    thread = Thread(target=lambda: idle.append(served("SELECT pg_backend_pid()")))
    thread.start(); thread.join()
    cursor.execute("SELECT pg_terminate_backend(%s, 5000)", idle)
connection.close()
print(*[served("SELECT pg_backend_pid()") not in idle for _ in range(3)])
"""
    command = [sys.executable, "-m", "shaodao.run", "manage", "shell", "-v", "0", "-c", code]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert told.strip() == "True True True"


def test_it_keeps_checksums_and_no_tcp_port(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('data_checksums'), current_setting('listen_addresses')")
        assert cursor.fetchone() == ("on", "")
