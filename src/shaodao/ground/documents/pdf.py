"""A document as PDF/A-2b. `layout.typ` sets it; words reach it as data and are never read as markup.

The typesetter runs in this process and reads fonts and layout from disk; content and result stay in memory.
"""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from PIL import Image

from . import content
from .fonts import Fonts, Role, installed
from .model import Block, Document, Picture, Rendered, day
from .refusals import Refusal

LAYOUT = Path(__file__).with_name("layout.typ")
MEDIA_TYPE = "application/pdf"


def render(document: Document, fonts: Fonts | None = None) -> Rendered:
    """PDF/A-2b. Raises Refusal: no_glyph, no_fonts, broken_figure."""
    fonts = fonts or installed()
    document = content.cleaned(document)
    stand_ins = fonts.check(content.texts(document))
    files: dict[str, bytes] = {"main": LAYOUT.read_bytes(), "document.json": _json(document, fonts)}
    for place, picture in enumerate(document.pictures()):
        files[f"picture-{place}.svg"] = svg(picture)
    data = _compiled(files, fonts, format="pdf", pdf_standards=["a-2b"], pdf_tags=True)
    return Rendered(data, MEDIA_TYPE, stand_ins)


def png(picture: Picture, fonts: Fonts | None = None, ppi: int = 220) -> bytes:
    """A vector picture as PNG, set with the same fonts; for programs that show no SVG."""
    fonts = fonts or installed()
    main = (
        '#let d = json("document.json")\n'
        "#set page(width: auto, height: auto, margin: 0pt)\n"
        "#set text(font: d.fonts)\n"
        '#image("picture.svg", width: d.width * 1mm)\n'
    )
    facts = {"fonts": fonts.families(Role.FANG), "width": picture.width}
    files = {"main": main.encode(), "document.json": json.dumps(facts).encode(), "picture.svg": svg(picture)}
    return _compiled(files, fonts, format="png", ppi=ppi)


def svg(picture: Picture) -> bytes:
    """Any picture as SVG, the one kind that the typesetter takes from memory."""
    if content.is_svg(picture):
        return picture.data
    try:
        with Image.open(BytesIO(picture.data)) as image:
            width, height, kind = image.width, image.height, Image.MIME[image.format or "PNG"]
    except OSError:
        raise Refusal("broken_figure", caption=picture.caption or picture.said) from None
    root = ElementTree.Element(
        "svg",
        {"xmlns": "http://www.w3.org/2000/svg", "xmlns:xlink": "http://www.w3.org/1999/xlink"},
        width=str(width),
        height=str(height),
        viewBox=f"0 0 {width} {height}",
    )
    href = f"data:{kind};base64,{base64.b64encode(picture.data).decode()}"
    ElementTree.SubElement(root, "image", {"xlink:href": href}, width=str(width), height=str(height))
    return ElementTree.tostring(root)


def _json(document: Document, fonts: Fonts) -> bytes:
    places = iter(range(sum(1 for _ in document.pictures())))

    def blocks(of: tuple[Block, ...]) -> list[Any]:
        found = []
        for block in of:
            facts = content.plain(block)
            if isinstance(block, Picture):
                facts["file"] = f"picture-{next(places)}.svg"
            found.append(facts)
        return found

    imprint = document.imprint
    facts = content.plain(replace(document, blocks=(), annexes=(), dated=None, imprint=None)) | {
        "blocks": blocks(document.blocks),
        "annexes": [
            {"title": content.lines_of(a.title), "blocks": blocks(a.blocks)} for a in document.annexes
        ],
        "annex_lines": content.annex_lines(document.annexes) if document.annexes else [],
        "title_lines": content.lines_of(document.title),
        "issue": document.issue.said if document.issue else "",
        "dated": day(document.dated) if document.dated else "",
        "date": [document.dated.year, document.dated.month, document.dated.day] if document.dated else [],
        "imprint": imprint
        and {
            "copies": [{"label": one.label, "units": list(one.units)} for one in imprint.copies],
            "printed_by": imprint.printed_by,
            "printed_on": day(imprint.printed_on) if imprint.printed_on else "",
            "number_of_copies": imprint.number_of_copies,
        },
        "fonts": {role.name.lower(): fonts.families(role) for role in Role},
    }
    return json.dumps(facts, ensure_ascii=False).encode()


def _compiled(files: dict[str, bytes], fonts: Fonts, **wanted: Any) -> bytes:
    import typst

    compiler = typst.Compiler(
        files, root=LAYOUT.parent, font_paths=_book(fonts.faces), ignore_system_fonts=True
    )
    done: Any = compiler.compile(**wanted)
    return b"".join(done) if isinstance(done, list) else done


@cache
def _book(faces: tuple[Any, ...]) -> Any:
    """The fonts as the typesetter holds them: read once in a process."""
    import typst

    folders = list(dict.fromkeys(str(face.path.parent) for face in faces))
    book = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)
    if unknown := {face.family for face in faces} - set(book.families()):
        raise Refusal("no_fonts", font="、".join(sorted(unknown)))  # it would leave the words out
    return book
