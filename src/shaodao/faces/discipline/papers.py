"""Recommendation, notice and record of an interview as official documents: written in memory when they are asked for, kept
nowhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from shaodao.centre.discipline.actions import Opened
from shaodao.faces.discipline.guard import Seat
from shaodao.ground.documents import forms
from shaodao.ground.documents.model import Document, Exchange

FORMS = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
}
PAPERS = {("recommendation", ""), ("interview", ""), ("interview", "record")}
DAYS = 30  # to reply to a recommendation


@dataclass(frozen=True, slots=True)
class Paper:
    name: str
    data: bytes


def has(opened: Opened, seq: int) -> bool:
    """Whether the step of this number is a paper; one whose content was destroyed is none."""
    step = opened.steps[seq - 1]
    return (opened.matter.kind, step.name) in PAPERS and bool(step.said)


def make(opened: Opened, seq: int, form: str, seat: Seat) -> Paper:
    """Raises documents' Refusal where a character cannot be printed."""
    step, first = opened.steps[seq - 1], opened.steps[0].said
    dated = step.at.astimezone(ZoneInfo(seat.pack.zone)).date()
    body = seat.pack.units[opened.matter.holder].name
    document: Document
    if opened.matter.kind == "recommendation":
        document = forms.recommendation(
            forms.RecommendationFacts(
                body=body, number=_one(first, "number"), kind=_one(first, "organ"), matter=_one(first, "title"),
                addressee=_one(first, "addressee"), origin=_one(first, "origin"), problems=_many(first, "problems"),
                causes=_many(first, "causes"), measures=_many(first, "measures"), reply_days=DAYS, signed_by=body,
                dated=dated, copies=_many(first, "copies"),
            )
        )  # fmt: skip
    elif step.name == "record":
        document = forms.interview_record(
            forms.InterviewRecordFacts(
                body=body, number=_one(first, "number") or opened.number, when=_one(first, "when"),
                where=_one(first, "where"), interviewed=_one(first, "interviewed"), by=_one(first, "interviewer"),
                recorded_by=_one(step.said, "recorder"), reason="；".join(_many(first, "reasons")),
                exchanges=_exchanges(_many(step.said, "exchanges")), demands=_many(step.said, "demands"), dated=dated,
                present=_many(step.said, "present"),
            )
        )  # fmt: skip
    else:
        document = forms.interview_notice(
            forms.InterviewNoticeFacts(
                body=body, number=_one(first, "number"), addressee=_one(first, "addressee"),
                interviewed=_one(first, "interviewed"), reasons=_many(first, "reasons"), basis=_one(first, "basis"),
                when=_one(first, "when"), where=_one(first, "where"), by=_one(first, "interviewer"),
                bring=_many(first, "bring"), contact=_one(first, "contact"), signed_by=body, dated=dated,
            )
        )  # fmt: skip
    return Paper(f"{document.title}.{form}", _written(document, form))


def _written(document: Document, form: str) -> bytes:
    from shaodao.ground.documents import docx, pdf  # what writes them is large, and most pages write none

    return {"docx": docx.render, "pdf": pdf.render}[form](document).data


def _one(said: Mapping[str, Any], name: str) -> str:
    return str(said.get(name, ""))


def _many(said: Mapping[str, Any], name: str) -> tuple[str, ...]:
    return tuple(said.get(name, ()))


def _exchanges(lines: tuple[str, ...]) -> tuple[Exchange, ...]:
    """Questions with their answers, from lines that begin with 问： and 答：; any other line goes on with the last."""
    found: list[list[str]] = []
    at = 0
    for line in lines:
        mark, text = line[:2].replace(":", "："), line[2:].strip()
        if mark == "问：" or not found:
            found.append([text if mark in ("问：", "答：") else line, ""])
            at = 0
        elif mark == "答：":
            found[-1][1], at = text, 1
        else:
            found[-1][at] += line
    return tuple(Exchange(question, answer) for question, answer in found)
