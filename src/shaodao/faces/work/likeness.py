"""疑似重复: what may be one matter, with the evidence side by side; pictures of work that were seen before; 点位复发."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from shaodao.centre.cases import permissions, queries
from shaodao.centre.cases.lifecycle import commands as c
from shaodao.centre.cases.queries import Listed, Opened
from shaodao.centre.likeness import recurrence, reuse, watching
from shaodao.centre.likeness import words as likeness
from shaodao.centre.likeness.models import Pair
from shaodao.faces import pictures, words
from shaodao.faces.work import presenting
from shaodao.faces.work.capacity import Desk, page

LONGEST = 160  # characters of each text that are shown
HOUR, DAY = 60, 24 * 60  # minutes


@page
def duplicates(request: HttpRequest, desk: Desk) -> HttpResponse:
    """All pairs of open cases that may be one, likeliest first."""
    if not permissions.may_read_duplicates(desk.by):
        return render(request, "403.html", {"refusal": words.refusal("not_allowed")}, status=403)
    try:
        found = watching.all_open(request.GET.get("after", ""))
    except ValueError:
        raise Http404 from None
    lines = queries.some(desk.by, {n for pair in found.pairs for n in (pair.earlier, pair.later)}, desk.pack)
    return render(
        request,
        "work/duplicates.html",
        {
            "pairs": [
                _pair(pair, lines, desk) for pair in found.pairs if {pair.earlier, pair.later} <= lines.keys()
            ],
            "after": found.after,
            "first": "after" not in request.GET,
            "now": timezone.now(),
        },
    )


@require_POST
@page
def apart(request: HttpRequest, desk: Desk, earlier: str, later: str) -> HttpResponse:
    """不是同一件: the pair is proposed no more; neither case changes."""
    if not permissions.may_read_duplicates(desk.by):
        return render(request, "403.html", {"refusal": words.refusal("not_allowed")}, status=403)
    if {earlier, later} - queries.some(desk.by, (earlier, later), desk.pack).keys():
        raise Http404
    if watching.set_apart(earlier, later, desk.by.actor):
        messages.success(request, "不再提示这两件可能重复。")
    back = request.POST.get("back", "")
    own = url_has_allowed_host_and_scheme(back, allowed_hosts=None) and back.startswith("/")
    return redirect(back if own else reverse("staff:duplicates"))


def suggestions(opened: Opened, desk: Desk) -> list[dict[str, Any]]:
    """What this case may be one with, for whoever may merge it now."""
    if not any(cls is c.Merge for cls, _ in opened.offered) or not permissions.may_read_duplicates(desk.by):
        return []
    pairs = watching.of_case(opened.case.number)
    if not pairs:
        return []
    lines = queries.some(desk.by, {n for pair in pairs for n in (pair.earlier, pair.later)}, desk.pack)
    return [
        _pair(pair, lines, desk, opened.case.number)
        for pair in pairs
        if {pair.earlier, pair.later} <= lines.keys()
    ]


def may_be(opened: Opened, desk: Desk) -> list[Listed]:
    """What the form of merging offers: what is like this case, else open cases about the same item close by."""
    case = opened.case
    pairs = watching.of_case(case.number)
    near = [number for pair in pairs for number in (pair.earlier, pair.later) if number != case.number]
    if near:
        lines = queries.some(desk.by, near, desk.pack)
        return [lines[number] for number in near if number in lines]
    wanted = queries.Filters(
        item=case.item, place=case.place.community, states=("dispatched", "in_triage", "in_ruling")
    )
    return [
        each for each in queries.cases(desk.by, wanted, desk.pack, size=8).lines if each.number != case.number
    ]


def _pair(pair: Pair, lines: Mapping[str, Listed], desk: Desk, here: str = "") -> dict[str, Any]:
    """One pair as it is shown. On a case's own page it stands first, whichever was reported first."""
    numbers, files = (pair.earlier, pair.later), (pair.one, pair.other)
    order = (1, 0) if here == pair.later else (0, 1)
    texts = [lines[number].words or lines[number].summary for number in numbers]
    halves = [
        {
            "number": numbers[at],
            "title": _item(lines[numbers[at]], desk),
            "place": presenting.place_name(lines[numbers[at]].case, desk.pack),
            "state": lines[numbers[at]].case.state,
            "at": lines[numbers[at]].case.reported_at,
            "reporters": lines[numbers[at]].case.reporters,
            "pieces": _clipped(likeness.marked(texts[at], texts[1 - at])),
            "photo": _photo(lines[numbers[at]], files[at]),
        }
        for at in order
    ]
    return {
        "earlier": pair.earlier,
        "later": pair.later,
        "version": lines[pair.later].case.version,
        "mine": here == pair.later,
        "halves": halves,
        "evidence": evidence(pair),
    }


def evidence(pair: Pair) -> list[str]:
    """What speaks for it, the strongest as it comes: how far, how long apart, words, item, picture."""
    said = []
    if pair.metres is not None:
        said.append("同一地点" if pair.metres == 0 else f"相距 {pair.metres} 米")
    elif pair.same_grid:
        said.append("同一网格")
    said.append(f"相隔 {_span(pair.minutes)}")
    said.append(f"用词相同 {round(pair.words / 10)}%")
    if pair.same_item:
        said.append("同一事项")
    if pair.one:
        said.append("照片相同")
    return said


def _span(minutes: int) -> str:
    if minutes < HOUR:
        return f"{minutes} 分钟"
    return f"{minutes // HOUR} 小时" if minutes < 2 * DAY else f"{minutes // DAY} 天"


def _item(line: Listed, desk: Desk) -> str:
    item = desk.pack.items.get(line.case.item)
    return item.name if item else "未定事项"


def _photo(line: Listed, file: Any) -> dict[str, str] | None:
    """A picture of the report, for those who may read its words."""
    if not (file and line.words):
        return None
    thumb, full = (
        reverse("staff:photo", args=[line.number, file, variant]) for variant in ("thumb", "display")
    )
    return {"thumb": thumb, "full": full}


def _clipped(pieces: Sequence[tuple[str, bool]]) -> list[tuple[str, bool]]:
    kept, room = [], LONGEST
    for text, common in pieces:
        if room <= 0:
            break
        kept.append((text[:room] + ("…" if len(text) > room else ""), common))
        room -= len(text)
    return kept


def seen_before(opened: Opened, desk: Desk) -> list[dict[str, Any]]:
    """Pictures of work that were seen before, each beside the one it equals; for all who see the case and not for the unit
    that showed them."""
    case = opened.case
    if not permissions.may_doubt(desk.by, case, desk.pack):
        return []
    found = reuse.seen_before(case, (step.event for step in opened.steps))
    if not found:
        return []
    elsewhere = queries.some(desk.by, {seen.number for seen in found if seen.how == "case"}, desk.pack)
    mine = pictures.ids(opened)
    return [_seen(seen, case.number, mine, elsewhere) for seen in found if seen.photo in mine]


def _seen(
    seen: reuse.Seen, number: str, mine: Collection[str], elsewhere: Mapping[str, Listed]
) -> dict[str, Any]:
    """Both pictures side by side; of another case only to whoever may read what was reported there."""
    how = words.word("seen_before", seen.how)
    other = elsewhere.get(seen.number)
    may = bool(other and other.words) if seen.how == "case" else seen.like in mine
    now = pictures.of_id(number, seen.photo, "这次的办理照片")
    then = pictures.of_id(seen.number, seen.like, how) if may else None
    return {
        "how": how,
        "both": ((now, "这次的办理照片"), (then, how)),
        "number": seen.number if seen.number in elsewhere else "",
    }


def recurred(opened: Opened, desk: Desk) -> list[dict[str, Any]]:
    """点位复发: what was closed for the same item and grid a while ago, so far as it may be seen here."""
    rows = recurrence.before(opened.case, desk.pack)
    seen = queries.some(desk.by, {row.number for row in rows}, desk.pack) if rows else {}
    return [
        {"number": row.number if row.number in seen else "", "ended": row.ended_at, "lead": row.lead_unit}
        for row in rows
    ]
