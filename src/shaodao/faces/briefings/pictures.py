"""Charts of a briefing as SVG pictures, for page and paper alike: no script, no style attribute. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

FONT = "Noto Sans CJK SC, Source Han Sans SC, PingFang SC, Microsoft YaHei, sans-serif"
INK, FAINT, BAR, EARLIER = "#1f2933", "#5b6773", "#1f5fa8", "#b9c9dc"
WIDTH, ROW, LABEL, VALUE = 640, 26, 190, 130


@dataclass(frozen=True, slots=True)
class Bar:
    """`value` and `earlier` of the same unit; `earlier` None: there is nothing to compare with. `said` stands at its end."""

    name: str
    value: float
    said: str
    earlier: float | None = None


def bars(rows: Sequence[Bar], title: str, most: float | None = None) -> bytes:
    """Bars one below the other, the longest as long as there is room (or `most`)."""
    longest = most or max((max(row.value, row.earlier or 0) for row in rows), default=0) or 1
    room = WIDTH - LABEL - VALUE
    height = ROW * len(rows) + 8
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'role="img" font-family="{FONT}" font-size="14"><title>{escape(title)}</title>'
    ]
    for at, row in enumerate(rows):
        top = 4 + ROW * at
        parts.append(
            f'<text x="{LABEL - 10}" y="{top + 17}" text-anchor="end" fill="{INK}">{escape(_short(row.name))}</text>'
        )
        if row.earlier is not None:
            parts.append(_rect(top + 16, row.earlier / longest * room, 5, EARLIER))
        parts.append(_rect(top + 4, row.value / longest * room, 12, BAR))
        end = LABEL + max(row.value, row.earlier or 0) / longest * room + 8
        parts.append(f'<text x="{end:.0f}" y="{top + 16}" fill="{FAINT}">{escape(row.said)}</text>')
    return ("".join(parts) + "</svg>").encode()


def _rect(top: float, width: float, height: int, colour: str) -> str:
    return f'<rect x="{LABEL}" y="{top:.0f}" width="{max(width, 1):.1f}" height="{height}" rx="2" fill="{colour}"/>'


def _short(name: str) -> str:
    most = 12
    return name if len(name) <= most else name[: most - 1] + "…"
