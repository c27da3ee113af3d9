"""`shaodao token`: tokens for programs."""

from datetime import UTC, datetime, timedelta

import click

from shaodao.county.people.grants import held
from shaodao.county.people.models import User
from shaodao.faces.api import tokens
from shaodao.faces.api.models import Token


@click.group()
def token() -> None:
    """Tokens by which programs use the API."""


@token.command()
@click.option("--user", "username", required=True, help="Account the token acts for.")
@click.option("--role", required=True, help="Role of the post it acts in.")
@click.option("--unit", help="Unit of the post, where the account holds the role at several.")
@click.option("--name", required=True, help="What it is for; tokens are revoked by this name.")
@click.option("--system", default="", help="Name of the system that speaks through it, e.g. 12345.")
@click.option("--days", default=365, show_default=True, help="How long it is good.")
def create(username: str, role: str, unit: str | None, name: str, system: str, days: int) -> None:
    """Make a token and print it, once."""
    now = datetime.now(UTC)
    user = User.objects.filter(username=username, is_active=True).first()
    posts = (
        [post for post in held(user, now) if post.role == role and unit in (None, post.unit)] if user else []
    )
    if not posts:
        raise click.ClickException(f"{username} holds no such post")
    if len(posts) > 1:
        raise click.ClickException(f"{username} is {role} at several units: give --unit")
    click.echo(tokens.create(posts[0], name, now, lasts=timedelta(days=days), system=system))


@token.command("list")
def list_tokens() -> None:
    """Every token: name, account, post, until when."""
    for each in Token.objects.select_related("post__user").order_by("created_at"):
        state = "revoked" if each.revoked_at else f"until {each.expires_at:%Y-%m-%d}"
        post = each.post
        click.echo(
            f"{each.name}\t{post.user.username}\t{post.role}@{post.unit}\t{each.system or '-'}\t{state}"
        )


@token.command()
@click.argument("name")
def revoke(name: str) -> None:
    """Revoke every token of this name, at once."""
    click.echo(f"revoked {tokens.revoke(name, datetime.now(UTC))}")
