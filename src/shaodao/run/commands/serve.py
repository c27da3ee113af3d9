"""`shaodao serve`: the processes of one installation. It needs no Django itself, so it is quick and small."""

import hashlib
import logging.config
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from importlib.metadata import version
from pathlib import Path

import click

from shaodao.run import home, logs, supervisor
from shaodao.run.commands import db

BLOCKING_THREADS = 8  # for each worker; the connection pool holds at least as many


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, help="Port to listen on.")
@click.option("--workers", default=2, show_default=True, help="Web processes.")
def serve(host: str, port: int, workers: int) -> None:
    """Run everything: database, web and background, restarted when they die, until SIGTERM or Ctrl-C."""
    logging.config.dictConfig(logs.configuration(os.environ.get("SHAODAO_LOG", "lines")))
    data = home.prepare(home.data_folder())
    collect_static_files(data / "static")
    options = f"""
        --interface wsgi --host {host} --port {port} --no-ws --log-level error
        --workers {workers} --respawn-failed-workers --respawn-interval 0.5 --workers-kill-timeout 10
        --blocking-threads {BLOCKING_THREADS}
    """
    web = [sys.executable, "-m", "granian", *options.split(), "shaodao.run.wsgi:application"]
    units: list[supervisor.Unit] = []
    if not os.environ.get("DATABASE_URL"):
        unit = db.unit()
        units.append(
            supervisor.Service("database", lambda: unit.start(db.passwords()), unit.alive, unit.stop)
        )
    environment = {"SHAODAO_DATA": str(data)}
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


def answers(address: str, patience_s: float = 60.0) -> bool:
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


def collect_static_files(target: Path) -> None:
    """Gather and compress the static files in `target` where they changed since the last time."""
    package = Path(__file__).resolve().parents[2]
    digest = hashlib.sha256(
        version("django-allauth").encode()
    )  # the one library with static files of its own
    for file in sorted(package.glob("**/static/**/*")):
        facts = file.stat()
        digest.update(f"{file} {facts.st_size} {facts.st_mtime_ns}\n".encode())
    stamp = target / ".stamp"
    if not stamp.exists() or stamp.read_text() != digest.hexdigest():
        collect = ["manage", "collectstatic", "--no-input", "--clear", "--verbosity", "0"]
        subprocess.run([sys.executable, "-m", "shaodao.run", *collect], check=True)
        stamp.write_text(digest.hexdigest())
