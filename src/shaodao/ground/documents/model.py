"""What a document says, without how it looks. Pure; everything is frozen.

A `Document` has a masthead by its form, blocks, and what closes it. Text is plain: a line break in it begins a new line.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Literal

Align = Literal["left", "centre", "right"]


class Masthead(Enum):
    """How the first page begins.

    LETTER: red issuing body, number, red line (公文). BRIEFING: red name, issue, issuer and date, red line (简报、专报).
    PLAIN: the title alone (表格、笔录)."""

    LETTER = "letter"
    BRIEFING = "briefing"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Heading:
    """Level 1 一、 2 （一） 3 1. 4 (1); the text brings its own number."""

    level: Literal[1, 2, 3, 4]
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """`lead` opens the paragraph in 楷体. `indent`: two characters in the first line."""

    text: str
    lead: str = ""
    indent: bool = True
    align: Align = "left"


@dataclass(frozen=True, slots=True)
class Table:
    """`widths` are shares of the type area's width; `align` one per column. The head is repeated on each page."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...] = ()
    align: tuple[Align, ...] = ()
    caption: str = ""
    note: str = ""  # below, such as 单位：件

    def __post_init__(self) -> None:
        columns = len(self.head)
        if not columns or any(len(row) != columns for row in self.rows):
            raise ValueError("each row has as many cells as the head")
        if len(self.widths) not in (0, columns) or len(self.align) not in (0, columns):
            raise ValueError("widths and align: none, or one a column")


@dataclass(frozen=True, slots=True)
class Field:
    """One labelled cell of a form. `lines`: the least height, in lines, to be written in by hand."""

    label: str
    value: str = ""
    lines: int = 1


@dataclass(frozen=True, slots=True)
class Fields:
    """A form: each row holds one or two fields side by side."""

    rows: tuple[tuple[Field, ...], ...]

    def __post_init__(self) -> None:
        if any(len(row) not in (1, 2) for row in self.rows):
            raise ValueError("a row of a form holds one or two fields")


@dataclass(frozen=True, slots=True)
class Picture:
    """PNG, JPEG or SVG bytes, `width` millimetres wide (at most 156), centred; `said` tells what it shows."""

    data: bytes
    width: float = 150
    caption: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and its answer, of a record of an interview."""

    question: str
    answer: str
    ask: str = "问"
    reply: str = "答"


@dataclass(frozen=True, slots=True)
class Signatures:
    """Lines to be signed by hand: who, and room for name and date."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Space:
    """Empty lines."""

    lines: int = 1


Block = Heading | Paragraph | Table | Fields | Picture | Exchange | Signatures | Space


@dataclass(frozen=True, slots=True)
class Annex:
    """附件: on a page of its own, named below the text."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Copies:
    """One line of the imprint: 抄送, 报, 送 or 发, and to whom."""

    label: str
    units: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Imprint:
    """版记, at the foot of the last page."""

    copies: tuple[Copies, ...] = ()
    printed_by: str = ""
    printed_on: date | None = None
    number_of_copies: int | None = None  # 共印 N 份


@dataclass(frozen=True, slots=True)
class Issue:
    """第N期（总第M期）of a briefing."""

    number: int
    total: int | None = None

    @property
    def said(self) -> str:
        return f"第{self.number}期" + (f"（总第{self.total}期）" if self.total is not None else "")


@dataclass(frozen=True, slots=True)
class Document:
    """`body` is the red issuing body or the briefing's name; `signed_by` and `dated` stand right below the text
    (a briefing has them under its name). `security` and `urgency` stand at the top left."""

    title: str
    blocks: tuple[Block, ...]
    masthead: Masthead = Masthead.LETTER
    body: str = ""
    number: str = ""
    issue: Issue | None = None
    security: str = ""
    urgency: str = ""
    addressee: str = ""
    annexes: tuple[Annex, ...] = ()
    signed_by: tuple[str, ...] = ()
    dated: date | None = None
    note: str = ""  # 附注, in brackets below the date
    imprint: Imprint | None = None
    language: str = "zh"

    def pictures(self) -> Iterator[Picture]:
        for blocks in (self.blocks, *(annex.blocks for annex in self.annexes)):
            yield from (block for block in blocks if isinstance(block, Picture))


@dataclass(frozen=True, slots=True)
class StandIn:
    """A font that is not installed and the one used in its place; or, with `characters`, only for these."""

    wanted: str
    used: str
    characters: str = ""


@dataclass(frozen=True, slots=True)
class Rendered:
    data: bytes
    media_type: str
    stand_ins: tuple[StandIn, ...] = ()


def day(moment: date) -> str:
    """2026年3月5日: Arabic digits, no leading zeros."""
    return f"{moment.year}年{moment.month}月{moment.day}日"


def number(body: str, year: int, serial: int) -> str:
    """×督〔2026〕5号: no leading zero, no 第."""
    return f"{body}〔{year}〕{serial}号"
