"""Components of the pages. `/design` shows every one in its states; docs/design.md lists what each takes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from django import template
from django.conf import settings
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect
from django.http import QueryDict
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from shaodao.faces import county, moments, tiles, words
from shaodao.ground.documents.model import Picture, Table

register = template.Library()

TONE_ICON = {
    "calm": "clock",
    "soon": "soon",
    "overdue": "alert",
    "paused": "pause",
    "met": "done",
    "late": "alert",
}
NOTE_ICON = {"success": "done", "warning": "alert", "error": "alert", "info": "info", "debug": "info"}
NOTE_CLASS = {"success": "note-good", "warning": "note-warn", "error": "note-bad"}
STATE_TONE = {"shelved": "chip-line", "merged": "chip-line", "declined": "chip-line", "closed": ""}


def _now(context: Mapping[str, Any]) -> datetime:
    """One now for the whole page: a view may put its own into the context."""
    return context.get("now") or timezone.now()


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An icon of the sprite; without `label` it is decoration and hidden from screen readers."""
    heard = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    address = static("shaodao/icons/sprite.svg")
    return format_html('<svg class="icon" {}><use href="{}#{}"></use></svg>', heard, address, name)


@register.filter
def share(value: Fraction | None) -> str:
    """A share in percent; over zero it is "—"."""
    return "—" if value is None else f"{float(value):.1%}"


@register.filter
def kind(value: object) -> str:
    """The name of its class: which kind of block of a document it is."""
    return type(value).__name__


@register.filter
def aligned(row: Sequence[str], table: Table) -> list[tuple[str, str]]:
    """The cells of a row of a document's table, each with its class: numbers to the right, names in one line."""
    sides = table.align or ("left",) * len(row)
    return [(cell, "num" if side == "right" else "nowrap") for cell, side in zip(row, sides, strict=True)]


@register.filter
def picture(block: Picture) -> SafeString:
    """A picture of a document that was made here as SVG, as an element of the page."""
    return mark_safe(block.data.decode())  # `faces.briefings.pictures` escapes what it writes


@register.filter
def minutes(value: int) -> str:
    """A length of time: `3906` → 2 天 17 小时."""
    return moments.span(timedelta(minutes=value))


@register.filter
def word(code: object, kind: str) -> str:
    """The word for a code: `{{ case.state|word:"state" }}`."""
    return words.word(kind, str(code))


@register.simple_tag(takes_context=True)
def moment(context: Mapping[str, Any], at: datetime | None) -> SafeString | str:
    """A moment as one says it, with the full date for the pointer; "—" for none."""
    if at is None:
        return "—"
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        at.isoformat(),
        moments.in_full(at),
        moments.said(at, _now(context)),
    )


@register.simple_tag(takes_context=True)
def time_left(
    context: Mapping[str, Any],
    deadline: datetime | None,
    started: datetime | None = None,
    stopped: datetime | None = None,
    paused: bool = False,
) -> SafeString | str:
    """The chip of a clock; a running one is kept up to date by clock.js."""
    if deadline is None:
        return "—"
    seen = moments.left(deadline, _now(context), started=started, stopped=stopped, paused=paused)
    live: str | SafeString = ""
    if stopped is None and not paused:
        live = format_html(
            ' data-deadline="{}" data-soon-at="{}"', int(deadline.timestamp()), int(seen.soon_at.timestamp())
        )
    return format_html(
        '<span class="chip left-{}" title="{}"{}>{}<span data-text>{}</span></span>',
        seen.tone,
        gettext("期限：{moment}").format(moment=moments.in_full(deadline)),
        live,
        icon(TONE_ICON[seen.tone]),
        seen.text,
    )


@register.simple_tag
def state_chip(state: str) -> SafeString:
    """The state of a case or duty, as a chip."""
    return format_html(
        '<span class="chip {}">{}</span>',
        STATE_TONE.get(str(state), "chip-brand"),
        words.word("state", str(state)),
    )


@register.inclusion_tag("shaodao/parts/field.html")
def field(bound: BoundField, hint: str = "") -> dict[str, Any]:
    """A form field with its label, help and errors. `hint` becomes the placeholder."""
    widget = bound.field.widget
    attrs: dict[str, Any] = {"placeholder": hint} if hint else {}
    kind = "input"
    if getattr(widget, "boxed", False):
        kind = "box"
    elif isinstance(widget, RadioSelect | CheckboxSelectMultiple):
        kind = "choices"
    elif isinstance(widget, CheckboxInput):
        kind = "check"
    else:
        attrs["class"] = f"input {widget.attrs.get('class', '')}".strip()
    return {"bound": bound, "kind": kind, "control": bound.as_widget(attrs=attrs)}


@register.inclusion_tag("shaodao/parts/errors.html")
def form_errors(form: Any) -> dict[str, Any]:
    """Errors that belong to no single field."""
    return {"errors": form.non_field_errors()}


@register.inclusion_tag("shaodao/parts/notes.html")
def notes(messages: Iterable[Any]) -> dict[str, Any]:
    """What the last action wants to say (Django's messages)."""
    return {
        "notes": [
            {
                "text": message,
                "class": NOTE_CLASS.get(message.level_tag, ""),
                "icon": NOTE_ICON.get(message.level_tag, "info"),
            }
            for message in messages
        ]
    }


@register.inclusion_tag("shaodao/parts/steps.html")
def steps(state: str) -> dict[str, Any]:
    """The six steps of the loop, up to where a case in `state` stands."""
    at = words.STEP_OF_STATE.get(str(state), 0)
    total = len(words.STEPS)
    return {
        "at": at,
        "total": total,
        "steps": [
            {"name": gettext(name), "mood": "done" if n < at or at > total else "now" if n == at else "later"}
            for n, name in enumerate(words.STEPS, 1)
        ],
    }


@register.inclusion_tag("shaodao/parts/timeline.html", takes_context=True)
def timeline(context: Mapping[str, Any], entries: Iterable[Any]) -> dict[str, Any]:
    """What happened, newest first. An entry has `at`, `title` and maybe `text`, `who`, `late`, `photos`."""
    return {"entries": entries, "now": _now(context)}


@register.inclusion_tag("shaodao/parts/duties.html", takes_context=True)
def duties(context: Mapping[str, Any], rows: Iterable[Any]) -> dict[str, Any]:
    """All parties side by side. A row has `unit`, `role`, `state`, maybe `assignee`, `mine`, and `sign`,
    `report_in`, `finish`: each None or a clock with `deadline`, `started`, `stopped`, `paused`."""
    return {"rows": rows, "now": _now(context)}


@register.inclusion_tag("shaodao/parts/photos.html")
def photos(pictures: Iterable[Any], title: str = "") -> dict[str, Any]:
    """A strip of pictures, and the voice notes below it. A picture has `thumb`, `full` (addresses), `alt` and maybe
    `note`; a voice note has `sound` (its address) instead."""
    every = list(pictures)
    sounds = [each for each in every if getattr(each, "sound", "")]
    return {
        "pictures": [each for each in every if each not in sounds],
        "sounds": sounds,
        "title": title or gettext("现场照片"),
    }


@register.inclusion_tag("shaodao/parts/compare.html")
def compare(before: Sequence[Any], after: Sequence[Any]) -> dict[str, Any]:
    """How it was and how it is: pictures as `photos` takes them, some on each side. Needs `compare.js`; without it they
    stand beside each other."""
    return {"before": before, "after": after}


@register.inclusion_tag("shaodao/parts/voice_picker.html")
def voice_picker() -> dict[str, Any]:
    """One voice note, as long as the pack allows: spoken on the spot where scripts run, else a file."""
    pack = county.pack()
    return {"longest": pack.settings.numbers.voice_seconds if pack else 0}


@register.inclusion_tag("shaodao/parts/photo_picker.html")
def photo_picker(name: str = "photos", most: int = 9, label: str = "", help: str = "") -> dict[str, Any]:
    """Choosing up to `most` pictures with a preview; a plain file field where scripts do not run."""
    return {"name": name, "most": most, "label": label or gettext("照片"), "help": help}


@register.inclusion_tag("shaodao/parts/tabs.html")
def tabs(items: Iterable[Any], current: str, label: str = "分类") -> dict[str, Any]:
    """Tabs that are links. An item has `code`, `name`, `url` and maybe `count`."""
    return {"items": items, "current": current, "label": label}


@register.inclusion_tag("shaodao/parts/pager.html", takes_context=True)
def pager(context: Mapping[str, Any], after: str | None, first: bool = True) -> dict[str, Any]:
    """Keyset paging: `after` is the cursor of the next page or None; `first` whether this is the first page."""
    query: QueryDict = context["request"].GET.copy()
    query.pop("after", None)
    start = f"?{query.urlencode()}"
    if after:
        query["after"] = after
    return {"next": f"?{query.urlencode()}" if after else "", "start": "" if first else start}


@register.inclusion_tag("shaodao/parts/empty.html")
def empty(title: str, text: str = "", icon: str = "inbox", url: str = "", action: str = "") -> dict[str, Any]:
    """Nothing here: say why, and offer a next step. `url` is an address, or the name of one."""
    address = url if not url or url[0] in "/?#" else reverse(url)
    return {"title": title, "text": text, "icon_name": icon, "url": address, "action": action}


@register.inclusion_tag("shaodao/parts/rating.html")
def rating(
    rows: Iterable[Any] = (), chosen: str = "", solved: bool = True, send: bool = False
) -> dict[str, Any]:
    """解决了吗 (unless `solved` is False), then 满意度 per party. A row has `id` and `unit`; posts `solved` and
    `level-<id>`. With `send`, the answer about the only party sends the form: two taps in all."""
    levels = [(level, _breakable(gettext(level.name))) for level in words.LEVELS]
    return {
        "rows": rows,
        "chosen": chosen,
        "solved": [replace(o, name=gettext(o.name)) for o in words.SOLVED] if solved else (),
        "levels": levels,
        "send": send,
    }


def _breakable(name: str) -> str:
    """非常不满意 may break after 非常 and nowhere else: five stand beside each other on a phone."""
    return name.replace("非常", "非常\u200b").replace("基本", "基本\u200b")


@register.inclusion_tag("shaodao/parts/map.html")
def map_block(
    lon: float | None = None,
    lat: float | None = None,
    pick: str | None = None,
    points: str = "",
    bounds: str = "",
    tall: bool = False,
) -> dict[str, Any]:
    """A map of the county, with a marker at `lon`, `lat` (WGS-84 degrees). `pick` is the prefix of the fields lon, lat,
    crs of the surrounding form that a tap fills; `points` the address of a GeoJSON of points (properties `url`,
    `tone`), each a link, and of areas, drawn as outlines; `bounds` what to look at: west, south, east, north."""
    return {"lon": lon, "lat": lat, "pick": pick, "points": points, "bounds": bounds, "tall": tall}


@register.inclusion_tag("shaodao/parts/map_tiles.html")
def map_tiles() -> dict[str, Any]:
    """Attributes of a map: the tiles of this installation, if it has any, and whose they are."""
    return {"layers": tiles.layers(settings.MAP_TILES, settings.MAP_KEY), "credit": settings.MAP_CREDIT}
