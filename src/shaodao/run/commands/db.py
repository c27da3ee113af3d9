"""`shaodao db`: the embedded PostgreSQL as a unit of its own."""

import os

import click

from shaodao.run import home, postgres


def unit() -> postgres.Unit:
    if os.environ.get("DATABASE_URL"):
        raise click.ClickException("DATABASE_URL is set: that server is not ours to start or stop")
    return postgres.Unit(home.data_folder())


def passwords() -> dict[str, str]:
    return {postgres.OWNER: home.secret("db_owner_password"), postgres.APP: home.secret("db_app_password")}


def ensure_started() -> bool:
    """Make what is missing of folder, secrets and cluster, and start it. Returns whether it was down."""
    home.prepare(home.data_folder())
    try:
        return unit().start(passwords())
    except postgres.DatabaseError as error:
        raise click.ClickException(str(error)) from error


@click.group()
def db() -> None:
    """The embedded database."""


@db.command()
def start() -> None:
    """Start it (made first if need be) and wait until it answers. It stays up when this command ends."""
    click.echo("started" if ensure_started() else "already running")


@db.command()
def stop() -> None:
    """Stop it; open transactions are rolled back."""
    try:
        click.echo("stopped" if unit().stop() else "was not running")
    except postgres.DatabaseError as error:
        raise click.ClickException(str(error)) from error


@db.command()
def status() -> None:
    """Say whether it runs; exit status 3 when not."""
    if unit().running():
        click.echo(f"running, socket in {unit().socket}")
    else:
        click.echo("not running")
        raise SystemExit(3)


@db.command(context_settings={"ignore_unknown_options": True})
@click.option("--role", type=click.Choice(["app", "owner", "postgres"]), default="app", show_default=True)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def psql(role: str, arguments: tuple[str, ...]) -> None:
    """Open psql as one of the roles; ARGUMENTS go to psql."""
    name = {"app": postgres.APP, "owner": postgres.OWNER, "postgres": "postgres"}[role]
    where = unit().connection_parameters(name)
    variables = {
        "PGHOST": where["host"],
        "PGPORT": where["port"],
        "PGUSER": name,
        "PGDATABASE": where["dbname"],
    }
    if role != "postgres":
        variables["PGPASSWORD"] = home.secret(f"db_{role}_password")
    program = unit().programs / "psql"
    os.execve(program, [str(program), *arguments], os.environ | variables)


@db.command("privileges")
@click.argument("database")
@click.argument("owner")
@click.argument("app")
def show_privileges(database: str, owner: str, app: str) -> None:
    """Print the SQL that prepares DATABASE of another server for the roles OWNER and APP."""
    click.echo(postgres.privileges(database, owner, app).as_string())
