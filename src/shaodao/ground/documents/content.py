"""A document as both writers need it: cleaned text, each piece with its font, lines of the title. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from itertools import chain
from math import ceil
from typing import Any
from xml.etree import ElementTree

from .fonts import Role, printable
from .model import (
    Annex,
    Block,
    Document,
    Exchange,
    Fields,
    Heading,
    Masthead,
    Paragraph,
    Picture,
    Signatures,
    Table,
)
from .refusals import Refusal

TITLE_LINE = 19  # full-width characters of 22 pt that stand in 156 mm, with a little air
GOOD_BREAKS = "的和与及、于对）》县市局镇"

HEADING_ROLES = {1: Role.HEI, 2: Role.KAI, 3: Role.FANG, 4: Role.FANG}


def cleaned(document: Document) -> Document:
    """The same without characters that have no shape."""
    done: Document = _clean(document)
    return done


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, tuple):
        return tuple(_clean(one) for one in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{field.name: _clean(getattr(value, field.name)) for field in fields(value)})
    return value


def texts(document: Document) -> Iterator[tuple[Role, str]]:
    """Every text on the paper with the font it is set in."""
    yield Role.TITLE, document.title
    yield (Role.FANG if document.masthead is Masthead.PLAIN else Role.TITLE), document.body
    yield Role.HEI, document.security
    yield Role.HEI, document.urgency
    yield Role.SONG, "—0123456789"
    issue = document.issue.said if document.issue else ""
    for text in (issue, document.number, document.addressee, document.note, *document.signed_by):
        yield Role.FANG, text
    yield from _texts(document.blocks)
    for annex in document.annexes:
        yield Role.FANG, annex.title
        yield Role.TITLE, annex.title
        yield from _texts(annex.blocks)
    if document.imprint:
        yield Role.FANG, document.imprint.printed_by
        for copies in document.imprint.copies:
            yield Role.FANG, copies.label
            yield from ((Role.FANG, unit) for unit in copies.units)


def _texts(blocks: tuple[Block, ...]) -> Iterator[tuple[Role, str]]:
    for block in blocks:
        match block:
            case Heading():
                yield HEADING_ROLES[block.level], block.text
            case Paragraph():
                yield Role.KAI, block.lead
                yield Role.FANG, block.text
            case Table():
                yield from ((Role.HEI, text) for text in (block.caption, *block.head))
                yield from ((Role.FANG, text) for text in (block.note, *chain(*block.rows)))
            case Fields():
                for field in chain(*block.rows):
                    yield Role.HEI, field.label
                    yield Role.FANG, field.value
            case Picture():
                yield Role.FANG, block.caption
                yield Role.FANG, words_of(block)
            case Exchange():
                yield from ((Role.HEI, text) for text in (block.ask, block.reply))
                yield from ((Role.FANG, text) for text in (block.question, block.answer))
            case Signatures():
                yield from ((Role.FANG, name) for name in block.names)


def is_svg(picture: Picture) -> bool:
    return not picture.data.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"))


def words_of(picture: Picture) -> str:
    """The words drawn in an SVG picture."""
    if not is_svg(picture):
        return ""
    try:
        root = ElementTree.fromstring(picture.data)
    except ElementTree.ParseError:
        raise Refusal("broken_figure", caption=picture.caption or picture.said) from None
    return "".join(
        text
        for node in root.iter()
        if str(node.tag).endswith("}text") or node.tag == "text"
        for text in node.itertext()
    )


def lines_of(title: str) -> list[str]:
    """The lines of a title: as the author broke it, or of about equal length and not inside a number or a word."""
    return [line for part in title.split("\n") for line in _balanced(part)]


def _balanced(text: str) -> list[str]:
    count = -(-ceil(sum(0.5 if one.isascii() else 1 for one in text)) // TITLE_LINE)
    if count < 2:
        return [text]
    aim = len(text) / count
    places = [i for i in range(2, len(text) - 1) if _may_break(text, i)]
    found: list[int] = []
    for line in range(1, count):
        start = found[-1] if found else 0
        near = [
            i
            for i in places
            if start < i <= start + TITLE_LINE and len(text) - i <= TITLE_LINE * (count - line)
        ]
        if not near:
            return [text]
        found.append(min(near, key=lambda i: abs(i - line * aim) - 3 * (text[i - 1] in GOOD_BREAKS)))
    return [text[start:end] for start, end in zip([0, *found], [*found, len(text)], strict=True)]


def _may_break(text: str, place: int) -> bool:
    before, after = text[place - 1], text[place]
    if before.isascii() and after.isascii():
        return False
    if after in "，。、；：）》〕”" or before in "（《〔“":
        return False
    return not (re.match(r"[0-9A-Za-z]", before) and after in "年月日期号个件%％")


def annex_lines(annexes: tuple[Annex, ...]) -> list[str]:
    """What stands below the text: 附件：1. …"""
    if len(annexes) == 1:
        return [f"附件：{annexes[0].title}"]
    return [f"{'附件：' if i == 1 else '　　　'}{i}. {annex.title}" for i, annex in enumerate(annexes, 1)]


def plain(value: Any) -> Any:
    """Lists, mappings and strings of a block, for the typesetter; bytes are left out."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [plain(one) for one in value]
    if is_dataclass(value) and not isinstance(value, type):
        kept = {field.name: getattr(value, field.name) for field in fields(value)}
        return {"kind": type(value).__name__} | {
            name: plain(one) for name, one in kept.items() if not isinstance(one, bytes)
        }
    return value
