"""Open data and feeds: CSV, GeoJSON, Atom. Pure."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from xml.etree import ElementTree as Xml

from shaodao.centre.publishing.actions import Shown
from shaodao.centre.publishing.counts import Table

ATOM = "http://www.w3.org/2005/Atom"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """UTF-8 with the mark by which Excel knows it. A cell that a table program would take for a formula is quoted."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(header)
    for row in rows:
        writer.writerow([f"'{cell}" if str(cell).startswith(_FORMULA) else cell for cell in row])
    return ("\ufeff" + out.getvalue()).encode()


def as_geojson(
    shapes: Mapping[str, Mapping[str, object]],
    tables: Mapping[str, Table],
    month: str,
    name: Callable[[str], str],
) -> bytes:
    """One feature for each street or township, in WGS-84. A count is a number, or the text "<5" or "—"."""
    features = [
        {
            "type": "Feature",
            "id": code,
            "properties": {
                "code": code,
                "name": name(code),
                "month": month,
                **{id: table.cells[code] for id, table in tables.items() if code in table.cells},
            },
            "geometry": shape,
        }
        for code, shape in shapes.items()
    ]
    collected = {"type": "FeatureCollection", "features": features}
    return json.dumps(collected, ensure_ascii=False, separators=(",", ":")).encode()


def as_atom(
    title: str, own: str, page: Callable[[Shown], str], shown: Sequence[Shown], name: Callable[[str], str]
) -> bytes:
    """A feed of published cases; `own` and `page` give whole addresses."""
    Xml.register_namespace("", ATOM)
    feed = Xml.Element(f"{{{ATOM}}}feed")
    latest = max((each.published_at for each in shown), default=datetime(2020, 1, 1, tzinfo=UTC))
    _texts(feed, id=own, title=title, updated=latest.isoformat())
    Xml.SubElement(feed, f"{{{ATOM}}}link", rel="self", href=own)
    author = Xml.SubElement(feed, f"{{{ATOM}}}author")
    _texts(author, name=title)
    for each in shown:
        entry = Xml.SubElement(feed, f"{{{ATOM}}}entry")
        _texts(entry, id=page(each), title=name(each.item), updated=each.published_at.isoformat())
        Xml.SubElement(entry, f"{{{ATOM}}}link", href=page(each))
        content = Xml.SubElement(entry, f"{{{ATOM}}}content", type="text")
        content.text = "\n\n".join(text for text in (each.words, each.result) if text)
    return Xml.tostring(feed, encoding="utf-8", xml_declaration=True)


def _texts(element: Xml.Element, **texts: str) -> None:
    for name, text in texts.items():
        Xml.SubElement(element, f"{{{ATOM}}}{name}").text = text
