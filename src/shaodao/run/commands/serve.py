"""`shaodao serve` and `shaodao background`: the processes of one installation."""

import hashlib
import logging
import os
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import click
from django.conf import settings
from django.core.management import call_command

from shaodao.run import background as loops
from shaodao.run import supervisor
from shaodao.run.commands import db

BLOCKING_THREADS = 8  # for each worker; the connection pool holds at least as many


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, help="Port to listen on.")
@click.option("--workers", default=2, show_default=True, help="Web processes.")
def serve(host: str, port: int, workers: int) -> None:
    """Run everything: database, web and background, restarted when they die, until SIGTERM or Ctrl-C."""
    collect_static_files()
    options = f"""
        --interface wsgi --host {host} --port {port} --no-ws --log-level error
        --workers {workers} --respawn-failed-workers --respawn-interval 0.5 --workers-kill-timeout 10
        --blocking-threads {BLOCKING_THREADS}
    """
    web = [sys.executable, "-m", "granian", *options.split(), "shaodao.run.wsgi:application"]
    units: list[supervisor.Unit] = []
    if settings.EMBEDDED_DATABASE:
        unit = db.unit()
        units.append(
            supervisor.Service("database", lambda: unit.start(db.passwords()), unit.alive, unit.stop)
        )
    environment = {"SHAODAO_DATA": str(settings.DATA)}
    units.append(supervisor.Process("web", web, environment))
    units.append(
        supervisor.Process("background", [sys.executable, "-m", "shaodao.run", "background"], environment)
    )

    def announce() -> None:
        address = f"http://{host}:{port}"
        click.echo(f"哨到 {address}" if answers(address) else f"{address} does not answer yet; see the log")

    try:
        supervisor.supervise(units, announce)
    except supervisor.GaveUp as error:
        raise click.ClickException(f"giving up: {error}") from error


@click.command()
def background() -> None:
    """Run the background loops (one process is enough; more do no harm)."""
    loops.run()


def answers(address: str, patience_s: float = 15.0) -> bool:
    """Whether the site at `address` answers `/healthz` within the time."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{address}/healthz", timeout=2) as reply:
                return bool(reply.status == 200)
        except urllib.error.HTTPError:
            return True
        except OSError:
            time.sleep(0.05)
    return False


def collect_static_files() -> None:
    """Gather and compress the static files where they changed since the last time."""
    from django.contrib.staticfiles.finders import get_finders

    logging.getLogger("django").setLevel(logging.WARNING)
    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            facts = os.stat(storage.path(path))
            digest.update(f"{path} {facts.st_size} {facts.st_mtime_ns}\n".encode())
    stamp = Path(settings.STATIC_ROOT) / ".stamp"
    if not stamp.exists() or stamp.read_text() != digest.hexdigest():
        call_command("collectstatic", interactive=False, verbosity=0, clear=True)
        stamp.write_text(digest.hexdigest())
