"""Drafts of opinions and next steps, from the figures by the rules below. A person edits or takes them over; until then
they are marked as drafts, and a briefing without a person's words cannot be sent on. Pure.

Opinions, one sentence each, where it holds:
- a unit is among the last three of its group and finishes less on time than the county;
- something was overdue when the month ended;
- an item has at least 10 whistles more than in the month before, and 30 % more;
- fewer were solved, or satisfied, than in the month before, by 2 points;
- whistles were judged wrongful.
Next steps: problems are put right within five working days, else a supervision order is proposed; items that rise are
looked at where they arise; the hottest issue gets a lead unit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from shaodao.centre.briefings.briefing import Named
from shaodao.centre.briefings.content import RATES, WORST, Content, Count, Line, Part

RISEN, RISEN_BY = 10, Fraction(13, 10)
FALLEN = Fraction(2, 100)
RATE_NAMES = {
    "report_in_on_time": "按时报到率",
    "finish_on_time": "按期办结率",
    "solved": "解决率",
    "satisfied": "满意率",
}
Name = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Names:
    """What units, items and places are called."""

    unit: Name
    item: Name
    place: Name


def opinions(content: Content, problems: tuple[Named, ...], names: Names) -> str:
    """Paragraphs, one a line."""
    said = [
        *_last(content, names),
        *_overdue(content),
        *_risen(content, names),
        *_fallen(content),
        *_wrongful(content),
    ]
    return _numbered(said or ["各项指标与上月相比平稳，没有明显退步的单位和事项。"])


def steps(content: Content, problems: tuple[Named, ...], names: Names) -> str:
    """Paragraphs, one a line."""
    said = []
    if problems:
        units = list(dict.fromkeys(names.unit(each.unit) for each in problems))
        said.append(
            f"点名的 {len(problems)} 个问题，{_listed(units)}要在 5 个工作日内办结或者报送书面说明；"
            "到期仍未整改的，提请下发督办单。"
        )
    if items := risen(content):
        said.append(
            f"{_listed([names.item(each.key) for each in items])}由主管部门到反映集中的地方查清原因，从源头上减少。"
        )
    if content.hot:
        hot = content.hot[0]
        where = "".join(filter(None, (names.place(hot.area), names.item(hot.item)))) or "反映最集中的问题"
        said.append(f"{where}有 {hot.people} 人反映，建议立为专题，交一个单位牵头限期解决。")
    return _numbered(said or ["继续按规定时限报到、办理、反馈。"])


def worst(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """The last of a ranked group, the very last first; none where there are not more than twice as many."""
    return lines[: -WORST - 1 : -1] if len(lines) > 2 * WORST else ()


def best(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    return lines[:WORST] if len(lines) > 2 * WORST else lines[:1]


def risen(content: Content) -> tuple[Part, ...]:
    return tuple(
        each
        for each in content.items
        if each.key and each.whistles - each.before >= RISEN and each.whistles >= RISEN_BY * each.before
    )


def percent(count: Count | None) -> str:
    """`92.3%`, or — over zero."""
    share = count.share if count else None
    return "—" if share is None else f"{float(share):.1%}"


def _last(content: Content, names: Names) -> Iterator[str]:
    county = content.count("finish_on_time")
    for group in content.groups:
        behind = [
            line
            for line in worst(group.ranked)
            if (found := line.count("finish_on_time")) and (found.share or 0) < (county.share or 0)
        ]
        if behind:
            said = _listed(
                [f"{names.unit(line.unit)}（{percent(line.count('finish_on_time'))}）" for line in behind]
            )
            yield f"{said}按期办结率在同组中靠后，低于全县的 {percent(county)}，要查明是人手、流程还是推诿的原因。"


def _overdue(content: Content) -> Iterator[str]:
    if content.overdue:
        units = {each.unit for each in content.overdue}
        yield f"月末有 {content.count('overdue').counted} 件办件超期未办，涉及 {len(units)} 个单位，群众还在等。"


def _risen(content: Content, names: Names) -> Iterator[str]:
    if items := risen(content):
        said = [
            f"{names.item(each.key)} {each.whistles} 件（多 {each.whistles - each.before} 件）"
            for each in items
        ]
        yield f"比上月明显增多的事项：{'、'.join(said)}，要看清是季节原因还是管理缺位。"


def _fallen(content: Content) -> Iterator[str]:
    for id in RATES[2:]:
        now, before = content.count(id), content.count(id, "before")
        if now.share is not None and before.share is not None and before.share - now.share >= FALLEN:
            yield f"{RATE_NAMES[id]} {percent(now)}，比上月的 {percent(before)} 下降，办件质量要抓紧。"


def _wrongful(content: Content) -> Iterator[str]:
    if found := content.count("wrongful").counted:
        yield f"认定乱吹哨 {found} 件，属于街道乡镇自己职责的，要先自己办。"


def _numbered(said: list[str]) -> str:
    return "\n".join(f"{n}. {text}" for n, text in enumerate(said, 1))


def _listed(names: list[str]) -> str:
    most = 6
    return "、".join(names[:most]) + (f"等 {len(names)} 个单位" if len(names) > most else "")
