"""The official documents of supervision: 督办单 and the notice of a county meeting, as content without layout."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from shaodao.centre.supervision.meetings.meeting import Meeting
from shaodao.centre.supervision.orders.order import Order
from shaodao.county.pack.model import Pack
from shaodao.county.units import Kind
from shaodao.ground.documents import forms, model
from shaodao.ground.documents.model import Paragraph, day

GRADES = {"general": "一般督办", "key": "重点督办", "listed": "挂牌督办"}
STAGES = {"sign": "签收", "report_in": "报到", "make_safe": "先期处置", "finish": "办结"}
ERASED = "（已删除）"


def official(year: int, serial: int, pack: Pack) -> str:
    """辉督〔2026〕1号, once it is issued: the county's first character, no leading zeros."""
    return model.number(f"{pack.name[:1]}督", year, serial) if serial else "（未编号）"


def source_of(source: str, briefing: str) -> str:
    """Where an order comes from, as it says itself."""
    if source == "direct":
        return "直接督办（未经专报点名）"
    year, _, month = briefing.partition("-")
    return f"{year}年{int(month or 0)}月专报点名，仍未整改"


def order(found: Order, words: Mapping[str, str], pack: Pack) -> model.Document:
    """An order that has been issued; `words` by commitment."""
    assert found.issued_at is not None
    reply = found.clock("reply")
    receipt = found.signed_at and f"{_name(found.lead, pack)}已于{_moment(found.signed_at, pack)}签收。"
    result = ""
    if found.replied_at:
        signed = f"（{pack.capacity_name(found.signer.role, found.signer.unit)}签字，{day(_day(found.replied_at, pack))}）"
        result = words.get(found.reply, ERASED) + signed
    struck = found.state == "struck" and found.ended_at
    return forms.supervision_order(
        forms.SupervisionFacts(
            body=_centre(pack),
            number=official(found.year, found.serial, pack),
            grade=GRADES[found.grade],
            source=source_of(found.source, found.briefing),
            lead=_name(found.lead, pack),
            assisting=tuple(_name(unit, pack) for unit in found.assists),
            facts=words.get(found.words, ERASED) + _facts(found),
            basis=words.get(found.basis, ERASED),
            demand=words.get(found.demand, ERASED),
            limit=f"{_moment(reply.due_at, pack)}前" if reply else "",
            reply_form="书面回复，由单位主要负责人签字",
            contact=words.get(found.contact, ERASED),
            signed_by=_centre(pack),
            dated=_day(found.issued_at, pack),
            matter=words.get(found.title, ""),
            copies=tuple(_name(unit, pack) for unit in found.copies),
            receipt=receipt or "",
            result=result,
            review=f"经复核已整改到位，{day(_day(struck, pack))}销号。" if struck else "",
        )
    )


def meeting(found: Meeting, words: Mapping[str, str], item: str, leader: str, pack: Pack) -> model.Document:
    """The notice of a county meeting; `item` says what it is about."""
    assert found.meet_at is not None
    assert found.called_at is not None
    agenda = words.get(found.words, "")
    facts = (
        Paragraph(
            f"定于{_moment(found.meet_at, pack)}召开县级统筹会议，研究“{item}”问题（哨件{found.case}）。"
        ),
        Paragraph(words.get(found.place, ERASED), lead="地点："),
        Paragraph(leader, lead="牵头县领导："),
        Paragraph("、".join(_name(unit, pack) for unit in found.units), lead="参会单位："),
        *((Paragraph(agenda, lead="议题和要求："),) if agenda else ()),
        Paragraph("请各单位主要负责人或分管负责人按时参加。"),
    )
    return forms.letter(
        forms.LetterFacts(
            body=_centre(pack),
            number="",
            title="关于召开县级统筹会议的通知",
            addressee="各有关单位",
            blocks=facts,
            signed_by=_centre(pack),
            dated=_day(found.called_at, pack),
        )
    )


def _facts(found: Order) -> str:
    """The cases, each with its number and how late it was."""
    said = [
        f"{fact.case}（{STAGES[fact.kind]}超期{f'{fact.days}天' if fact.days else '不到1天'}）"
        if fact.kind
        else fact.case
        for fact in found.facts
    ]
    return f"\n哨件：{'、'.join(said)}。" if said else ""


def _centre(pack: Pack) -> str:
    return next(unit.name for unit in pack.units.values() if unit.kind is Kind.CENTRE)


def _name(unit: str, pack: Pack) -> str:
    return pack.units[unit].name if unit in pack.units else unit


def _day(at: datetime, pack: Pack) -> date:
    return at.astimezone(ZoneInfo(pack.zone)).date()


def _moment(at: datetime, pack: Pack) -> str:
    local = at.astimezone(ZoneInfo(pack.zone))
    return f"{day(local.date())}{local:%H:%M}"
