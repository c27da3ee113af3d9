"""The public pages. The same for everybody: no session is read, so they can be kept by whoever carries them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from shaodao.centre.assessment.figures import FIGURES
from shaodao.centre.briefings.content import enough
from shaodao.centre.briefings.months import Month
from shaodao.centre.publishing import actions
from shaodao.centre.publishing.actions import PAGE, Shown
from shaodao.centre.publishing.counts import SMALL
from shaodao.county.pack.model import Pack
from shaodao.faces import county
from shaodao.faces.public import files, reading
from shaodao.faces.public.reading import COUNTS, OTHER, SHARES, Told
from shaodao.faces.work.presenting import short
from shaodao.ground.files import intake
from shaodao.ground.files.refusals import Refusal as FileRefusal

AGE = 300  # seconds
TABLES = ("street", "item")
SHADES = 4
RANKED = ("department", "street", "township")
ANYBODY = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
OPEN: Mapping[str, intake.Variant] = {"thumb": "open-thumb", "display": "open"}  # painted over
View = Callable[..., HttpResponse]


def public(view: View) -> View:
    """A page for everybody: in the language the address asks for, with an ETag, and kept for a while."""

    @require_safe
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        pack = county.pack()
        if pack is None:
            raise Http404
        with translation.override("en" if request.GET.get("lang") == "en" else "zh-hans"):
            response = view(request, pack, *args, **kwargs)
        response.headers.setdefault("Cache-Control", f"public, max-age={AGE}")
        etag = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
        response["ETag"] = etag
        made: HttpResponse = get_conditional_response(request, etag=etag, response=response)
        return made

    return guarded


@public
def home(request: HttpRequest, pack: Pack) -> HttpResponse:
    """Figures of a month and the cases published last; eight statements at most."""
    month = _month(request, pack)
    told = reading.told(month, pack)
    asked = reading.months(timezone.now(), pack.zone)
    place = asked.index(month)
    context = {
        "told": told,
        "month": month,
        "later": asked[place - 1] if place else None,
        "earlier": asked[place + 1] if place + 1 < len(asked) else None,
        "counts": [{"one": FIGURES[id], "count": told.totals[id]} for id in COUNTS],
        "shares": [
            {
                "one": FIGURES[id],
                "share": f"{float(told.shares[id].share or 0):.0%}" if id in told.shares else "—",
            }
            for id in SHARES
        ],
        "streets": _rows(told, "street", pack),
        "map": _map(told, pack),
        "items": [row for row in _rows(told, "item", pack) if isinstance(row["cells"][0], int)],
        "groups": _groups(month, pack) if actions.ranking_shown() else [],
        "cases": [_case(each, pack) for each in actions.shown(size=5)],
        "columns": [FIGURES[id].name for id in COUNTS],
    }
    return _render(request, pack, "public/home.html", context)


@public
def cases(request: HttpRequest, pack: Pack) -> HttpResponse:
    """Published cases, of the county or of one street."""
    street = request.GET.get("street", "")
    if street and street not in reading.streets(pack):
        raise Http404
    found = actions.shown(street, after=request.GET.get("after", "")[:16], size=PAGE + 1)
    context = {
        "cases": [_case(each, pack) for each in found[:PAGE]],
        "after": found[PAGE - 1].token if len(found) > PAGE else None,
        "street": street,
        "street_name": _place(street, pack) if street else "",
        "streets": [(code, pack.places[code].name) for code in reading.streets(pack)],
    }
    return _render(request, pack, "public/cases.html", context)


@public
def case(request: HttpRequest, pack: Pack, token: str) -> HttpResponse:
    return _render(request, pack, "public/case.html", {"case": _case(_shown(token), pack)})


@public
def photo(request: HttpRequest, pack: Pack, token: str, id: UUID, variant: str) -> HttpResponse:
    """A picture that was ticked, of a case that is shown; painted over as was decided; never the original."""
    if variant not in OPEN or str(id) not in _shown(token).photos:
        raise Http404
    try:
        shown = intake.show(id, OPEN[variant], who="public")
    except FileRefusal:
        raise Http404 from None
    return HttpResponse(shown.data, content_type=shown.media_type)


@public
def table(request: HttpRequest, pack: Pack, by: str, kind: str) -> HttpResponse:
    """Open data of a month: by street as CSV or GeoJSON, by item as CSV."""
    if by not in TABLES or kind not in ("csv", "geojson") or (kind, by) == ("geojson", "item"):
        raise Http404
    month = _month(request, pack)
    told = reading.told(month, pack)
    if kind == "geojson":
        data = files.as_geojson(
            reading.shapes(pack.version), told.tables[by], str(month), lambda code: _name(by, code, pack)
        )
        media = "application/geo+json"
    else:
        header = [
            gettext("月份"),
            gettext("代码"),
            gettext("名称"),
            *(gettext(FIGURES[id].name) for id in COUNTS),
        ]
        rows = [[str(month), row["code"], row["name"], *row["cells"]] for row in _rows(told, by, pack)]
        data, media = files.as_csv(header, rows), "text/csv; charset=utf-8"
    name = f"shaodao-{by}-{month}.{kind}"
    headers = {**ANYBODY, "Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(data, content_type=media, headers=headers)


@public
def feed(request: HttpRequest, pack: Pack, street: str = "") -> HttpResponse:
    """Atom: published cases of the county, or of one street or township."""
    if street and street not in reading.streets(pack):
        raise Http404
    title = gettext("{place}：公开的哨件").format(place=_place(street, pack) if street else pack.name)
    data = files.as_atom(
        title,
        request.build_absolute_uri(request.path),
        lambda each: request.build_absolute_uri(reverse("public:case", args=[each.token])),
        actions.shown(street),
        lambda item: _name("item", item, pack),
    )
    return HttpResponse(data, content_type="application/atom+xml; charset=utf-8", headers=ANYBODY)


# --- private ------------------------------------------------------------------------------------------------------


def _month(request: HttpRequest, pack: Pack) -> Month:
    asked = reading.months(timezone.now(), pack.zone)
    try:
        month = Month.parse(request.GET["month"]) if "month" in request.GET else asked[0]
    except ValueError:
        raise Http404 from None
    if month not in asked:
        raise Http404
    return month


def _shown(token: str) -> Shown:
    found = actions.shown(tokens=[token], size=1)
    if not found:
        raise Http404
    return found[0]


def _rows(told: Told, by: str, pack: Pack) -> list[dict[str, Any]]:
    """One row for each key of a table; cells in the order of `COUNTS`, and the first in hundredths of the most. Those with
    most come first, of items, and all the rest last."""
    tables = told.tables[by]
    counted = [cell for cell in tables[COUNTS[0]].cells.values() if isinstance(cell, int)]
    keys = list(tables[COUNTS[0]].cells)
    if by == "item":
        cells = tables[COUNTS[0]].cells
        keys.sort(key=lambda key: (key == OTHER, -cell if isinstance(cell := cells[key], int) else 0))
    return [
        {
            "code": key,
            "name": _name(by, key, pack),
            "cells": [tables[id].cells[key] for id in COUNTS],
            "share": cell * 100 // max(counted)
            if isinstance(cell := tables[COUNTS[0]].cells[key], int) and cell
            else 0,
        }
        for key in keys
    ]


def _map(told: Told, pack: Pack) -> dict[str, Any]:
    """The county with how much was whistled where: a shade for what stands in the table, none for what it leaves out."""
    cells = told.tables["street"][COUNTS[0]].cells
    most = max((cell for cell in cells.values() if isinstance(cell, int)), default=0)
    drawn = reading.drawn(pack.version)
    return {
        "width": drawn.width,
        "height": drawn.height,
        "areas": [
            {
                "path": area.path,
                "label": area.label,
                "name": _place(code, pack),
                "count": cells.get(code, ""),
                "shade": _shade(cells.get(code), most),
            }
            for code, area in drawn.areas.items()
        ],
    }


def _shade(cell: int | str | None, most: int) -> str:
    """One of four by count, the lightest for "<5"; what is left out says nothing of its size."""
    if isinstance(cell, int):
        return str(max(-(-cell * SHADES // most), 1) if most else 1)
    return "few" if cell == SMALL else "none"


def _groups(month: Month, pack: Pack) -> list[dict[str, Any]]:
    """Units that have enough to do, in the order of the briefing."""
    return [
        {
            "kind": group.kind,
            "lines": [
                {"place": place, "unit": short(line.unit, pack), "finish": line.count("finish_on_time")}
                for place, line in enumerate((line for line in group.lines if enough(line)), 1)
            ],
        }
        for group in reading.ranked(month, pack)
        if group.kind in RANKED
    ]


def _case(each: Shown, pack: Pack) -> dict[str, Any]:
    return {
        "token": each.token,
        "item": _name("item", each.item, pack),
        "street": each.street,
        "place": _place(each.street, pack),
        "unit": short(each.unit, pack) if each.unit else "",
        "month": Month.of(each.reported_at, pack.zone),
        "words": each.words,
        "result": each.result,
        "photos": [
            {name: reverse("public:photo", args=[each.token, id, name]) for name in ("thumb", "display")}
            for id in each.photos
        ],
    }


def _name(by: str, code: str, pack: Pack) -> str:
    if code == OTHER:
        return gettext("地点不详") if by == "street" else gettext("其他事项")
    if by == "street":
        return _place(code, pack)
    return pack.items[code].name if code in pack.items else code


def _place(code: str, pack: Pack) -> str:
    place = pack.places.get(code) if code else None
    return place.name if place is not None else code or gettext("地点不详")


def _render(request: HttpRequest, pack: Pack, template: str, context: dict[str, Any]) -> HttpResponse:
    """Rendered without the request: nothing of whoever asks can get onto the page."""
    english = translation.get_language() == "en"
    query = request.GET.copy()
    query.pop("lang", None)
    if not english:
        query["lang"] = "en"
    common = {
        "pack": pack,
        "english": english,
        "lang": "?lang=en" if english else "",
        "and_lang": "&lang=en" if english else "",
        "other": f"{request.path}{'?' if query else ''}{query.urlencode()}",
    }
    return HttpResponse(render_to_string(template, context | common))
