"""What goes in and out, as OpenAPI describes it. Answers are made by `answers`; these models describe them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shaodao.centre.cases.lifecycle.model import Nature, Solved

Code = Annotated[str, StringConstraints(max_length=32)]
Short = Annotated[str, StringConstraints(max_length=64)]
Words = Annotated[str, StringConstraints(max_length=2_000_000)]  # the county's own limit is answered in words


class In(BaseModel):
    """What is sent: unknown fields are refused, so that a misspelt one is never lost."""

    model_config = ConfigDict(extra="forbid")


class Point(In):
    lon: float = Field(allow_inf_nan=False, examples=[126.0428])
    lat: float = Field(allow_inf_nan=False, examples=[42.6835])
    crs: Short = Field(description="WGS-84 · CGCS2000 · GCJ-02 · BD-09", examples=["GCJ-02"])


class Grid(In):
    grid: Code


class Address(In):
    address: Annotated[str, StringConstraints(max_length=500)]


class OnBehalfOf(In):
    name: Short = ""
    phone: Short = ""


class WhistleIn(In):
    """One problem. `place` names a point with its system of coordinates, a grid, an address, or nothing."""

    text: Words
    place: Point | Grid | Address | None = None
    mark: Annotated[str, StringConstraints(max_length=40)] | None = Field(
        None, description="井盖、电杆、线缆上写的字：有权属标识的直接派给权属单位", examples=["国网"]
    )
    item: Code | None = Field(None, description="事项编号；不填由系统判断，拿不准的转人工")
    phone: Short | None = None
    name: Short | None = None
    anonymous: bool = False
    on_behalf_of: OnBehalfOf | None = None
    nature: Nature | None = None
    channel: Code | None = Field(None, description="公众：app · h5 · api；其余要有令牌")
    external_id: Short | None = Field(None, description="来源系统的编号：同一系统的同一编号只立一件")
    occurred_at: datetime | None = Field(None, description="说出或看到的时间（带时区）；时限从收到时起算")
    photos: list[UUID] = Field([], max_length=50, description="POST /photos 返回的编号")


class AlikeIn(In):
    """What is about to be reported."""

    text: Words = ""
    place: Point | Grid | Address
    item: Code | None = None
    photos: list[UUID] = Field([], max_length=9, description="POST /photos 返回的编号")


class SeenTooIn(In):
    """Who saw it too, and what they add; everything may be left out."""

    text: Words = ""
    phone: Short | None = None
    name: Short | None = None
    photos: list[UUID] = Field([], max_length=50, description="POST /photos 返回的编号")


class UnitRating(In):
    duty: int = Field(ge=1, le=10_000)
    level: int = Field(ge=1, le=5, description="5 非常满意 … 1 非常不满意")


class RatingIn(In):
    solved: Solved
    ratings: list[UnitRating] = Field([], max_length=50)
    words: Words = ""


class ReopenIn(In):
    reason: Literal["not_solved", "broken_again"] = Field(description="没修好 · 又坏了")
    words: Words = ""
    photos: list[UUID] = Field([], max_length=50)


class CommentIn(In):
    words: Words
    photos: list[UUID] = Field([], max_length=50)


class ReviewIn(In):
    words: Words


class CommandIn(BaseModel):
    """Fields of the command, as `GET /cases/{number}` names them under `commands`; and the version it is meant for."""

    model_config = ConfigDict(extra="allow")
    version: int | None = Field(None, ge=0, le=1_000_000, description="看到的版本；已变时答 409")


# --- out --------------------------------------------------------------------------------------------------------


class Named(BaseModel):
    code: str
    name: str


class Item(Named):
    confidence: float = Field(description="0—1；反映人自选为 1")
    why: str


class GivenDuty(BaseModel):
    unit: str = Field(description="单位编码")
    role: Literal["lead", "assist", "local"]
    sign_by: datetime | None
    report_in_by: datetime | None
    finish_by: datetime | None


class Filed(BaseModel):
    number: str
    token: str = Field(description="凭它查询、评价、补充；只告诉反映人")
    state: str
    item: Item | None
    place: Named | None
    duties: list[GivenDuty]
    why: str = Field(description="为什么派给他们，一句话；还没有派单的为空")
    promise: str = Field(description="给反映人的一句话")
    track_url: str


class Offer(BaseModel):
    offer: str = Field(description="POST /alike/{offer} 用；一天内有效")
    item: Named | None
    place: Named | None
    metres: int | None = Field(description="大约多远，取整到十米")
    reported_at: datetime
    state: str
    same_picture: bool


class Alike(BaseModel):
    alike: list[Offer]


class SeenToo(BaseModel):
    number: str
    token: str = Field(description="凭它查询、补充")
    state: str
    promise: str
    track_url: str


class Photo(BaseModel):
    id: UUID
    kind: Literal["picture", "voice"]
    width: int | None
    height: int | None
    lon: float | None = Field(description="照片自带的位置，WGS-84")
    lat: float | None
    taken_at: datetime | None


class Photos(BaseModel):
    photos: list[Photo]


class LoopStep(BaseModel):
    step: Literal["report", "accept", "dispatch", "handle", "finish", "rate"]
    name: str
    at: datetime | None


class TrackedDuty(BaseModel):
    duty: int
    unit: Named
    role: str
    state: str
    report_in_by: datetime | None
    reported_in_at: datetime | None
    finish_by: datetime | None
    done_at: datetime | None


class Said(BaseModel):
    at: datetime
    event: str
    title: str
    words: str


class Picture(BaseModel):
    """A picture by the addresses of its copies, or a voice note by that of its sound; the others are empty."""

    thumb: str
    full: str
    sound: str
    note: str


class Tracked(BaseModel):
    number: str
    state: str
    state_name: str
    steps: list[LoopStep]
    promise: str
    why: str = Field(description="为什么派给他们，一句话")
    reported_at: datetime
    text: str
    item: Named | None
    place: Named | None
    duties: list[TrackedDuty]
    said: list[Said] = Field(description="答复、办理结果和自己的补充，按先后")
    photos: list[Picture]
    ended_by: str
    commands: list[str] = Field(description="现在可以做的：rating · reopen · helpful · comment · review")


class AnswersAsked(BaseModel):
    """What is asked of the knowledge base."""

    model_config = ConfigDict(extra="ignore")
    q: Annotated[str, StringConstraints(min_length=1, max_length=200)] = Field(description="用自己的话问")
    most: int = Field(5, ge=1, le=20)


class FoundAnswer(BaseModel):
    id: int
    question: str
    text: str
    source: str
    source_date: date
    valid_until: date | None
    unit: Named | None
    item: str | None
    demonstration: bool = Field(description="演示内容，未经主管部门核定")
    score: float = Field(description="0—1，与所问相近的程度")
    url: str


class FoundAnswers(BaseModel):
    q: str
    answers: list[FoundAnswer]


class Line(BaseModel):
    number: str
    version: int
    state: str
    item: Named | None
    place: Named | None
    nature: str
    channel: str
    whistler_kind: str
    emergency: bool
    text: str = Field(description="无权阅读原话时为空")
    summary: str = Field(description="无权阅读原话时，中心核定的摘要")
    lead: Named | None
    reported_at: datetime
    next_due_at: datetime | None
    overdue: bool


class Page(BaseModel):
    cases: list[Line]
    after: str | None = Field(description="下一页用它；没有下一页为 null")


class Clock(BaseModel):
    kind: str
    unit: str
    started_at: datetime
    due_at: datetime
    stopped_at: datetime | None
    paused_at: datetime | None
    breached_at: datetime | None
    provisional: bool
    cancelled: bool


class Duty(BaseModel):
    duty: int
    unit: Named
    role: str
    state: str
    section: str
    given_at: datetime
    signed_at: datetime | None
    reported_in_at: datetime | None
    persons: int
    part_done_at: datetime | None
    ended: str
    clocks: list[Clock]


class Request(BaseModel):
    request: int
    kind: str
    duty: int | None
    reason: str
    words: str
    asked_at: datetime
    until: datetime | None
    waits_for: str | None
    outcome: str


class Council(BaseModel):
    council: int
    units: list[str]
    meet_at: datetime
    arrived: list[str]
    absent: list[str]
    concluded_at: datetime | None


class Rated(BaseModel):
    kind: str
    solved: str
    levels: list[UnitRating]
    words: str
    at: datetime


class Event(BaseModel):
    seq: int
    event: str
    title: str
    words: str
    at: datetime
    by: str


class CommandField(BaseModel):
    name: str
    needed: bool


class Offered(BaseModel):
    command: str
    name: str
    subject: dict[str, int]
    fields: list[CommandField]


class Done(BaseModel):
    """The case after a command, and what may be done next."""

    number: str
    version: int
    state: str
    commands: list[Offered]


class CaseOut(BaseModel):
    number: str
    version: int
    state: str
    item: Named | None
    situation: str
    place: Named | None
    lon: float | None
    lat: float | None
    nature: str
    channel: str
    whistler_kind: str
    emergency: bool
    tier: str
    text: str
    summary: str = Field(description="中心为办理单位核定的摘要（保护反映人的事项）")
    external_system: str
    external_id: str
    reported_at: datetime
    occurred_at: datetime | None
    why: str = Field(description="最近一次派单的理由，一句话，按派单时的手册")
    promised_at: datetime | None
    ended_at: datetime | None
    photos: list[str]
    duties: list[Duty]
    clocks: list[Clock] = Field(description="中心等环节的时限")
    requests: list[Request]
    councils: list[Council]
    ratings: list[Rated]
    events: list[Event]
    commands: list[Offered]


class ProblemOut(BaseModel):
    """RFC 9457."""

    type: str = Field(examples=["/problems/too-many"])
    title: str
    status: int
    detail: str
    field: str | None = None
    request_id: str


REFUSED: Any = dict.fromkeys((400, 401, 403, 404, 409, 413, 415, 422, 429), ProblemOut)
