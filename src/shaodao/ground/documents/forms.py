"""The forms that the centre issues: facts in, a `Document` out. Layout and fixed words only; no rule decides here.

Every text of the facts is what stands on the paper. A mask of names and telephones is the caller's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from .model import (
    Annex,
    Block,
    Copies,
    Document,
    Exchange,
    Field,
    Fields,
    Heading,
    Imprint,
    Issue,
    Masthead,
    Paragraph,
    Signatures,
    day,
)


@dataclass(frozen=True, slots=True)
class LetterFacts:
    """公文 with a number: `body` issues it to `addressee`."""

    body: str
    number: str
    title: str
    addressee: str
    blocks: tuple[Block, ...]
    signed_by: str
    dated: date
    annexes: tuple[Annex, ...] = ()
    copies: tuple[str, ...] = ()
    printed_by: str = ""
    note: str = ""
    security: str = ""
    urgency: str = ""


def letter(facts: LetterFacts) -> Document:
    return Document(
        title=facts.title,
        blocks=facts.blocks,
        body=facts.body,
        number=facts.number,
        addressee=facts.addressee,
        annexes=facts.annexes,
        signed_by=(facts.signed_by,),
        dated=facts.dated,
        note=facts.note,
        security=facts.security,
        urgency=facts.urgency,
        imprint=_imprint(facts.copies, facts.printed_by or facts.signed_by, facts.dated),
    )


@dataclass(frozen=True, slots=True)
class BriefingFacts:
    """简报 or 专报: a briefing's own name, issue and issuer; no numbered 文件."""

    name: str
    issue: Issue
    issuer: str
    dated: date
    title: str
    blocks: tuple[Block, ...]
    annexes: tuple[Annex, ...] = ()
    report_to: tuple[str, ...] = ()  # 报
    send_to: tuple[str, ...] = ()  # 送
    hand_to: tuple[str, ...] = ()  # 发
    number_of_copies: int | None = None
    security: str = "内部资料　注意保存"


def briefing(facts: BriefingFacts) -> Document:
    to = (("报", facts.report_to), ("送", facts.send_to), ("发", facts.hand_to))
    return Document(
        title=facts.title,
        blocks=facts.blocks,
        masthead=Masthead.BRIEFING,
        body=facts.name,
        issue=facts.issue,
        security=facts.security,
        annexes=facts.annexes,
        signed_by=(facts.issuer,),
        dated=facts.dated,
        imprint=Imprint(
            tuple(Copies(label, units) for label, units in to if units),
            facts.issuer,
            facts.dated,
            facts.number_of_copies,
        ),
    )


@dataclass(frozen=True, slots=True)
class SupervisionFacts:
    """督办单. `source`: 专报第N期 or a case; `facts` with case numbers and days late; `limit` and `reply_form` in words.

    Receipt, result and review may be empty: then there is room to write by hand."""

    body: str
    number: str
    grade: str
    source: str
    lead: str
    assisting: tuple[str, ...]
    facts: str
    basis: str
    demand: str
    limit: str
    reply_form: str
    contact: str
    signed_by: str
    dated: date
    matter: str = ""  # the title: 关于××的督办单
    copies: tuple[str, ...] = ()
    receipt: str = ""
    result: str = ""
    review: str = ""


def supervision_order(facts: SupervisionFacts) -> Document:
    rows = (
        (Field("督办等级", facts.grade), Field("督办来源", facts.source)),
        (Field("主办单位", facts.lead), Field("协办单位", "、".join(facts.assisting) or "无")),
        (Field("存在问题", facts.facts, 3),),
        (Field("督办依据", facts.basis),),
        (Field("督办要求", facts.demand, 2),),
        (Field("办理时限", facts.limit), Field("联系人", facts.contact)),
        (Field("回复方式", facts.reply_form),),
        (Field("签收情况", facts.receipt, 2),),
        (Field("办理结果", facts.result, 4),),
        (Field("核查销号", facts.review, 3),),
    )
    return Document(
        title=f"关于{facts.matter}的督办单" if facts.matter else "督办单",
        blocks=(Fields(rows),),
        body=facts.body,
        number=facts.number,
        signed_by=(facts.signed_by,),
        dated=facts.dated,
        imprint=_imprint(facts.copies, facts.signed_by, facts.dated),
    )


@dataclass(frozen=True, slots=True)
class ReminderFacts:
    """催办, 提醒: `matter` in a few words, `facts` in sentences, `limit` by when."""

    body: str
    number: str
    kind: str  # 催办, 提醒
    matter: str
    addressee: str
    facts: tuple[str, ...]
    demand: str
    limit: str
    contact: str
    signed_by: str
    dated: date
    copies: tuple[str, ...] = ()


def reminder(facts: ReminderFacts) -> Document:
    return Document(
        title=f"关于{facts.matter}的{facts.kind}通知",
        blocks=(
            *(Paragraph(said) for said in facts.facts),
            Paragraph(f"{facts.demand}请于{facts.limit}前办理并书面回复。"),
        ),
        note=f"联系人：{facts.contact}" if facts.contact else "",
        body=facts.body,
        number=facts.number,
        addressee=facts.addressee,
        signed_by=(facts.signed_by,),
        dated=facts.dated,
        imprint=_imprint(facts.copies, facts.signed_by, facts.dated),
    )


@dataclass(frozen=True, slots=True)
class InterviewNoticeFacts:
    """约谈通知: whom, why, when, where, by whom, on what basis, what to bring."""

    body: str
    number: str
    addressee: str
    interviewed: str
    reasons: tuple[str, ...]
    basis: str
    when: str
    where: str
    by: str
    bring: tuple[str, ...]
    contact: str
    signed_by: str
    dated: date
    copies: tuple[str, ...] = ()


def interview_notice(facts: InterviewNoticeFacts) -> Document:
    opening = f"根据{facts.basis}，决定对{facts.interviewed}进行约谈。现将有关事项通知如下。"
    return Document(
        title="约谈通知书",
        blocks=(
            Paragraph(opening),
            Heading(1, "一、约谈事由"),
            *(Paragraph(reason) for reason in facts.reasons),
            Heading(1, "二、约谈安排"),
            Paragraph(facts.when, lead="时间："),
            Paragraph(facts.where, lead="地点："),
            Paragraph(facts.by, lead="约谈人："),
            Heading(1, "三、有关要求"),
            Paragraph(f"请按时到场，不得委托他人代替{_bring(facts.bring)}。"),
        ),
        note=f"联系人：{facts.contact}" if facts.contact else "",
        body=facts.body,
        number=facts.number,
        addressee=facts.addressee,
        signed_by=(facts.signed_by,),
        dated=facts.dated,
        imprint=_imprint(facts.copies, facts.signed_by, facts.dated),
    )


def _bring(things: tuple[str, ...]) -> str:
    return f"，并携带以下材料：{'；'.join(things)}" if things else ""


@dataclass(frozen=True, slots=True)
class InterviewRecordFacts:
    """约谈记录, to be signed by both sides."""

    body: str
    number: str
    when: str
    where: str
    interviewed: str
    by: str
    recorded_by: str
    reason: str
    exchanges: tuple[Exchange, ...]
    demands: tuple[str, ...]
    dated: date
    present: tuple[str, ...] = ()


def interview_record(facts: InterviewRecordFacts) -> Document:
    head = (
        (Field("编号", facts.number), Field("日期", day(facts.dated))),
        (Field("时间", facts.when), Field("地点", facts.where)),
        (Field("被约谈人", facts.interviewed), Field("约谈人", facts.by)),
        (Field("记录人", facts.recorded_by), Field("在场人员", "、".join(facts.present) or "无")),
        (Field("约谈事由", facts.reason),),
    )
    demands: tuple[Block, ...] = ()
    if facts.demands:
        points = (Paragraph(f"{place}. {said}") for place, said in enumerate(facts.demands, 1))
        demands = (Heading(1, "二、整改要求"), *points)
    return Document(
        title="约谈记录",
        blocks=(
            Fields(head),
            Heading(1, "一、谈话内容"),
            *facts.exchanges,
            *demands,
            Paragraph("以上记录已阅，与谈话内容相符。"),
            Signatures(("被约谈人", "约谈人", "记录人")),
        ),
        masthead=Masthead.PLAIN,
        body=facts.body,
        dated=facts.dated,
        security="内部资料　注意保存",
    )


@dataclass(frozen=True, slots=True)
class RecommendationFacts:
    """纪检监察建议书. `kind`: 纪律检查, 监察 or 纪检监察. It says what was found and advised, and decides no guilt."""

    body: str
    number: str
    kind: str
    matter: str
    addressee: str
    origin: str
    problems: tuple[str, ...]
    causes: tuple[str, ...]
    measures: tuple[str, ...]
    reply_days: int
    signed_by: str
    dated: date
    copies: tuple[str, ...] = ()


def recommendation(facts: RecommendationFacts) -> Document:
    def numbered(heading: str, texts: tuple[str, ...]) -> tuple[Block, ...]:
        if len(texts) < 2:
            return (Heading(1, heading), *map(Paragraph, texts))
        return (Heading(1, heading), *(Paragraph(f"{place}. {said}") for place, said in enumerate(texts, 1)))

    reply = (
        f"请自收到本建议书之日起{facts.reply_days}日内，将采纳情况和整改结果书面回复我单位。"
        "如有异议，请在回复期限内书面说明理由。"
    )
    return Document(
        title=f"关于{facts.matter}的{facts.kind}建议",
        blocks=(
            Paragraph(facts.origin),
            *numbered("一、发现的主要问题", facts.problems),
            *numbered("二、原因分析", facts.causes),
            *numbered("三、建议", facts.measures),
            Paragraph(reply),
        ),
        body=facts.body,
        number=facts.number,
        addressee=facts.addressee,
        signed_by=(facts.signed_by,),
        dated=facts.dated,
        imprint=_imprint(facts.copies, facts.signed_by, facts.dated),
    )


def _imprint(copies: tuple[str, ...], printed_by: str, on: date) -> Imprint:
    return Imprint((Copies("抄送", copies),) if copies else (), printed_by, on)
