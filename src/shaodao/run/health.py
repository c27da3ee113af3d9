"""`/healthz`: this process answers. `/readyz`: everything it needs is there, and if not, what is missing."""

from collections.abc import Callable
from functools import cache

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache

from shaodao.county.pack import versions


class NotReady(Exception):
    """Something is missing; the message says what and how to mend it."""


def database() -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        raise NotReady(f"the database does not answer: {error}") from error


@cache  # a process that found its tables complete need not look again; a refusal is not remembered
def migrations() -> None:
    executor = MigrationExecutor(connection)
    if plan := executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise NotReady(f"{len(plan)} migrations to apply: run 'shaodao migrate'")


def pack() -> None:
    try:
        versions.current()
    except versions.NoPack as error:
        raise NotReady("no county pack is in force: run 'shaodao init --pack DIR'") from error


CHECKS: dict[str, Callable[[], None]] = {"database": database, "migrations": migrations, "pack": pack}


@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when every check passes, else 503; the body names each check: `"ok"` or what is wrong."""
    found: dict[str, str] = {}
    for name, check in CHECKS.items():
        try:
            check()
            found[name] = "ok"
        except (NotReady, DatabaseError) as error:
            found[name] = str(error).strip()
    ready = all(answer == "ok" for answer in found.values())
    return JsonResponse({"ready": ready, "checks": found}, status=200 if ready else 503)
