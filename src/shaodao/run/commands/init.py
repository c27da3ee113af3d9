"""`shaodao init`: from nothing to an installation with a county pack and its first administrators."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from django.urls import reverse

from shaodao.run.commands import db

if TYPE_CHECKING:
    from shaodao.county.pack import Pack

ADMINISTRATORS = ("system_admin", "security_admin", "audit_admin")


@click.command()
@click.option(
    "--pack",
    "folder",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of the county pack.",
)
@click.option("--address", default="http://127.0.0.1:8000", show_default=True, help="Where the site will be.")
def init(folder: Path, address: str) -> None:
    """Make data folder and tables, load the county pack, make the first three administrators.

    Prints one link for each administrator, good once, to choose a password with.
    """
    if not os.environ.get("DATABASE_URL"):
        db.ensure_started()
    from shaodao.run.cli import set_up_django

    set_up_django()  # only now: settings read the secrets that have just been made
    from django.conf import settings
    from django.core.management import call_command
    from django.db import transaction

    from shaodao.centre.answers import starters
    from shaodao.county.pack import PackError, read_folder, versions

    call_command("migrate", database="owner", interactive=False, verbosity=0)
    now = datetime.now(UTC)
    try:
        with transaction.atomic():
            version = versions.install(read_folder(folder), now=now)
            pack = versions.load_version(version.hash)
            links = list(_administrators(pack, address.rstrip("/"), now))
            answers = starters.install(starters.read(folder, pack, pack.day(now)), now)
    except starters.Faulty as error:
        raise click.ClickException("\n".join(error.faults)) from error
    except PackError as error:
        raise click.ClickException(f"{error}\n{len(error.faults)} 处问题，未载入") from error
    except versions.VersionRefused as error:
        raise click.ClickException("已经初始化过；更换配置包请用 shaodao pack propose") from error
    if (folder / "dispatch").is_dir():  # the model of automatic dispatch; `shaodao model train` renews it
        shutil.copytree(folder / "dispatch", settings.DATA / "dispatch", dirs_exist_ok=True)
    click.echo(
        f"{pack.name}：{len(pack.units)} 个单位，{len(pack.items)} 项事项，{answers} 条知识库，版本 {version.hash[:12]}"
    )
    for role, link in links:
        click.echo(f"{pack.roles[role].name}　账号 {role}　设置密码：{link}")
    click.echo("每个链接只能用一次，三天内有效；三个账号由三个人分别掌握。")


def _administrators(pack: Pack, address: str, now: datetime) -> Iterator[tuple[str, str]]:
    """Make the three accounts, each in its one post; yield (role, link to choose a password)."""
    from allauth.account.forms import default_token_generator
    from allauth.account.utils import user_pk_to_url_str

    from shaodao.county.people.grants import grant
    from shaodao.county.people.models import User
    from shaodao.ground.ledger.events import Context

    for role in ADMINISTRATORS:
        unit = next(post.unit for post in pack.posts.values() if post.role == role)
        user = User.objects.create_user(role, pack.roles[role].name)
        grant(user, role, unit, pack=pack, by=Context(actor="system:init"), now=now)
        parts = {"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)}
        yield role, address + reverse("account_reset_password_from_key", kwargs=parts)
