"""`shaodao pack`: check, compare and change the county pack. Checking and comparing need no database."""

from __future__ import annotations

import os
import tomllib
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .check import check as check_folder
from .diff import diff as compare
from .files import PackError, read_folder

if TYPE_CHECKING:
    from shaodao.county.people.models import User

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group()
def pack() -> None:
    """The county pack: check, compare, change."""


@pack.command()
@click.argument("folder", type=FOLDER)
def check(folder: Path) -> None:
    """Name every fault with file, line and how to mend it; exit status 1 if there is one."""
    faults = check_folder(folder, today=date.today())  # noqa: DTZ011  # the county's day, for its holidays
    for fault in faults:
        click.echo(fault)
    if faults:
        raise click.ClickException(f"{folder}：{len(faults)} 处问题")
    click.echo(f"{folder}：没有问题")


@pack.command()
@click.argument("before", type=FOLDER)
@click.argument("after", type=FOLDER)
def diff(before: Path, after: Path) -> None:
    """Show what changed between two packs, row by row."""
    changes = compare(read_folder(before), read_folder(after))
    for change in changes:
        click.echo(change)
    click.echo(f"{len(changes)} 处不同")


@pack.command()
@click.argument("folder", type=FOLDER)
@click.option("--overwrite", is_flag=True, help="Replace a map that is there.")
def schematic(folder: Path, overwrite: bool) -> None:
    """Draw a schematic map (演示数据) from units.csv and the extent in pack.toml, for a county without boundaries."""
    from shaodao.county.places.schematic import Area, draw, dumps

    from .files import Book
    from .geography import LINES, PLACES
    from .reader import units_of

    if (folder / PLACES).exists() and not overwrite:
        raise click.ClickException(f"{folder / PLACES} 已存在；要替换请加 --overwrite")
    book = Book(read_folder(folder))
    units = units_of(book)
    if book.faults:
        raise click.ClickException(str(PackError(book.faults)))
    area = tomllib.loads((folder / "pack.toml").read_text(encoding="utf-8")).get("area", {})
    try:
        places, lines = draw(
            units,
            Area(
                area["west"], area["east"], area["south"], area["north"], (area["seat"][0], area["seat"][1])
            ),
        )
    except (KeyError, IndexError) as error:
        raise click.ClickException(f"pack.toml 的 [area] 缺少 {error}") from error
    (folder / PLACES).write_text(dumps(places), encoding="utf-8")
    (folder / LINES).write_text(dumps(lines), encoding="utf-8")
    click.echo(f"{len(places['features'])} 个地点，{len(lines['features'])} 条线，均标为演示数据")


@pack.command()
@click.argument("folder", type=FOLDER)
@click.option("--as", "username", required=True, help="The account that proposes.")
@click.option(
    "--from", "start", type=click.DateTime(["%Y-%m-%d"]), required=True, help="First day of effect."
)
@click.option("--note", default="", help="Why, for whoever approves.")
def propose(folder: Path, username: str, start: datetime, note: str) -> None:
    """Propose a changed pack as a new version. Asks for the account's password."""
    set_up_django()
    from django.utils import timezone

    from . import versions

    user, now = _sign_in(username), datetime.now(UTC)
    try:
        version = versions.draft(read_folder(folder), by=user, now=now, note=note)
        versions.propose(version, effective_from=max(timezone.make_aware(start), now), by=user, now=now)
    except PackError as error:
        raise click.ClickException(f"{error}\n{len(error.faults)} 处问题，未提交") from error
    except versions.VersionRefused as error:
        raise click.ClickException(REFUSED[error.code]) from error
    click.echo(f"已提交 {version.pk}，待另一人批准")


@pack.command()
@click.argument("version")
@click.option("--as", "username", required=True, help="The account that approves; not the one that proposed.")
def approve(version: str, username: str) -> None:
    """Show what a proposed version changes and approve it. Asks for the account's password."""
    set_up_django()
    from django.core.exceptions import ValidationError

    from . import versions
    from .models import PackVersion

    try:
        found = PackVersion.objects.get(pk=version)
    except (PackVersion.DoesNotExist, ValidationError):
        raise click.ClickException(f"没有版本 {version}") from None
    now = datetime.now(UTC)
    before = PackVersion.objects.get(pk=versions.in_force(now).id)
    for change in compare(versions.files_of(before), versions.files_of(found)):
        click.echo(change)
    user = _sign_in(username)
    try:
        approved = versions.approve(found, by=user, now=now)
    except versions.VersionRefused as error:
        raise click.ClickException(REFUSED[error.code]) from error
    click.echo(f"已批准，自 {approved.effective_from:%Y-%m-%d %H:%M}（UTC）起生效")


@pack.command("list")
def list_() -> None:
    """List the versions, newest first."""
    set_up_django()
    from .models import PackVersion

    for version in PackVersion.objects.defer("content").order_by("-created_at"):
        start = f"{version.effective_from:%Y-%m-%d}" if version.effective_from else "—"
        click.echo(
            f"{version.pk}  {version.get_state_display()}  {start}  {version.hash[:12]}  {version.note}"
        )


def set_up_django() -> None:
    """For the commands that need the database."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shaodao.run.settings")
    try:
        django.setup()
    except RuntimeError as error:  # the data folder is not prepared
        raise click.ClickException(str(error)) from error


def _sign_in(username: str) -> User:
    from django.contrib.auth.hashers import check_password

    from shaodao.county.people.models import User

    password = click.prompt(f"{username} 的密码", hide_input=True)
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None or not check_password(password, user.password):
        raise click.ClickException("账号或密码不对")
    return user


REFUSED = {
    "not_a_draft": "此版本不是草稿",
    "not_proposed": "此版本不在待批准状态",
    "effective_in_the_past": "生效日不能早于现在",
    "nothing_changed": "内容与已有版本完全相同",
    "own_proposal": "提交人不能批准自己的版本",
    "not_an_approver": "此账号没有批准县域配置包的岗位",
    "retired_already": "此版本已作废",
    "in_force": "此版本已生效，不能作废；请提交新版本",
    "installed_already": "已有生效的县域配置包",
}
