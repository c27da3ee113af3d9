"""A document as .docx, to be edited in WPS or Word: the same grid, heads and imprint as the PDF.

Fonts are named as public offices have them (仿宋_GB2312 …), with those of the PDF as alternatives. Characters outside
GB 2312 name a font that has them. Everything happens in memory.
"""

from __future__ import annotations

from datetime import UTC, datetime, time
from io import BytesIO
from math import ceil
from typing import Any

from docx import Document as new_document
from docx.enum.section import WD_ORIENT
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor

from . import content, pdf
from .fonts import Fonts, Role, installed
from .model import (
    Annex,
    Block,
    Document,
    Exchange,
    Fields,
    Heading,
    Imprint,
    Masthead,
    Paragraph,
    Picture,
    Rendered,
    Signatures,
    Space,
    Table,
    day,
)

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

NAMES = {
    Role.FANG: "仿宋_GB2312",
    Role.KAI: "楷体_GB2312",
    Role.HEI: "黑体",
    Role.TITLE: "方正小标宋简体",
    Role.SONG: "宋体",
}
ALTERNATIVES = {
    "仿宋_GB2312": "仿宋,FandolFang R,LXGW WenKai",
    "楷体_GB2312": "楷体,LXGW WenKai,FandolKai",
    "黑体": "SimHei,Noto Sans SC,Noto Sans CJK SC",
    "方正小标宋简体": "小标宋,Noto Serif SC SemiBold,Noto Serif CJK SC",
    "宋体": "SimSun,Noto Serif SC,Noto Serif CJK SC",
}
RARE, RAREST = "宋体", "SimSun-ExtB"  # for the basic plane and beyond it

RED = RGBColor(0xE6, 0x00, 0x12)
LINE = 28.95  # points
WIDTH = 156  # mm
CHARACTER = WIDTH / 25.4 * 72 / 28  # points
SIDES = {
    "left": WD_ALIGN_PARAGRAPH.LEFT,
    "centre": WD_ALIGN_PARAGRAPH.CENTER,
    "right": WD_ALIGN_PARAGRAPH.RIGHT,
}
JUSTIFY = WD_ALIGN_PARAGRAPH.JUSTIFY


def render(document: Document, fonts: Fonts | None = None) -> Rendered:
    """.docx. Raises Refusal as the PDF does, so that both forms of a document exist or neither."""
    document = content.cleaned(document)
    fonts = fonts or installed()
    stand_ins = fonts.check(content.texts(document))
    return Rendered(_Writer(document, fonts).written(), MEDIA_TYPE, stand_ins)


class _Writer:
    def __init__(self, document: Document, fonts: Fonts) -> None:
        self.document = document
        self.fonts = fonts
        self.out = new_document()

    def written(self) -> bytes:
        self._page()
        self._styles()
        self._settings()
        self._font_table()
        self._properties()
        self._footers()
        self._head()
        self._title(self.document.title)
        if self.document.masthead is not Masthead.PLAIN and not self._begins_with_form():
            self.paragraph("")
        if self.document.addressee:
            self.paragraph(self.document.addressee + "：")
        self._blocks(self.document.blocks)
        self._closing()
        for place, annex in enumerate(self.document.annexes, 1):
            self._annex(annex, place if len(self.document.annexes) > 1 else None)
        if self.document.imprint:
            self._imprint(self.document.imprint)
        memory = BytesIO()
        self.out.save(memory)
        return memory.getvalue()

    def _begins_with_form(self) -> bool:
        return bool(self.document.blocks) and isinstance(self.document.blocks[0], Fields)

    # The page

    def _page(self) -> None:
        section = self.out.sections[0]
        section.orientation = WD_ORIENT.PORTRAIT
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.top_margin, section.bottom_margin = Mm(37), Mm(35)
        section.left_margin, section.right_margin = Mm(28), Mm(26)
        section.footer_distance = Mm(24)
        grid = section._sectPr.find(qn("w:docGrid"))
        if grid is None:
            grid = OxmlElement("w:docGrid")
            section._sectPr.append(grid)
        grid.set(qn("w:type"), "linesAndChars")
        grid.set(qn("w:linePitch"), str(round(LINE * 20)))
        grid.set(qn("w:charSpace"), str(round((CHARACTER - 16) * 4096)))  # 1/4096 point beside the body's 16

    def _styles(self) -> None:
        styles = self.out.styles
        defaults = styles.element.find(qn("w:docDefaults"))
        if defaults is not None:
            styles.element.remove(defaults)  # their theme fonts would win over ours
        styles.element.insert(0, parse_xml(_DEFAULTS))
        normal = styles["Normal"]
        normal.font.size = Pt(16)
        # 16 pt into a cell of 15.79: LibreOffice gives two cells to what does not fit in one.
        normal.element.get_or_add_rPr().append(parse_xml(f'<w:w {nsdecls("w")} w:val="98"/>'))
        _fonts(normal.element.get_or_add_rPr(), NAMES[Role.FANG])
        form = normal.paragraph_format
        form.space_before = form.space_after = Pt(0)
        form.line_spacing_rule = WD_LINE_SPACING.SINGLE
        form.widow_control = False
        for name in ("overflowPunct", "autoSpaceDE", "autoSpaceDN"):
            _on(normal.element.get_or_add_pPr(), name, value=False)
        for level, role in content.HEADING_ROLES.items():
            style = styles[f"Heading {level}"]
            if style.type is not WD_STYLE_TYPE.PARAGRAPH:
                continue
            properties = style.element.get_or_add_rPr()
            for child in list(properties):
                properties.remove(child)
            _fonts(properties, NAMES[role])
            style.font.size, style.font.bold, style.font.italic = Pt(16), False, False
            style.paragraph_format.space_before = style.paragraph_format.space_after = Pt(0)
            style.paragraph_format.keep_with_next = True

    def _settings(self) -> None:
        settings = self.out.settings.element
        settings.insert(0, OxmlElement("w:mirrorMargins"))
        self.out.settings.odd_and_even_pages_header_footer = True

    def _font_table(self) -> None:
        fonts = "".join(
            f'<w:font w:name="{name}"><w:altName w:val="{others}"/><w:charset w:val="86"/></w:font>'
            for name, others in ALTERNATIVES.items()
        )
        for relation in self.out.part.rels.values():
            if relation.reltype == RELATIONSHIP_TYPE.FONT_TABLE:
                table = f'<?xml version="1.0" encoding="UTF-8"?><w:fonts {nsdecls("w")}>{fonts}</w:fonts>'
                relation.target_part._blob = table.encode()

    def _properties(self) -> None:
        package = self.out.part.package
        for key, relation in list(package.rels.items()):
            if relation.reltype == RELATIONSHIP_TYPE.THUMBNAIL:
                package.rels.pop(key)  # a picture of the library's template
        about = self.out.core_properties
        about.title = self.document.title.replace("\n", "")
        about.author = about.last_modified_by = "、".join(self.document.signed_by)
        about.comments = about.keywords = ""
        about.language = "zh-CN"
        if self.document.dated:
            about.created = about.modified = datetime.combine(self.document.dated, time(), UTC)

    def _footers(self) -> None:
        section = self.out.sections[0]
        for footer, side, indent in (
            (section.footer, "right", "right"),
            (section.even_page_footer, "left", "left"),
        ):
            paragraph = footer.paragraphs[0]
            paragraph.style = self.out.styles["Normal"]
            paragraph.alignment = SIDES[side]
            _indent(paragraph, **{indent: 14})
            _off_grid(paragraph, 18)
            self._run(paragraph, "— ", Role.SONG, 14)
            _page_number(paragraph, NAMES[Role.SONG], 14)
            self._run(paragraph, " —", Role.SONG, 14)

    # Text

    def paragraph(
        self,
        text: str,
        role: Role = Role.FANG,
        *,
        size: float = 16,
        indent: bool = False,
        align: WD_ALIGN_PARAGRAPH | None = JUSTIFY,
        into: Any = None,
        colour: RGBColor | None = None,
    ) -> Any:
        paragraph = (into or self.out).add_paragraph()
        paragraph.alignment = align
        if indent:
            _first_line(paragraph)
        self._run(paragraph, text, role, size, colour)
        return paragraph

    def _run(
        self, paragraph: Any, text: str, role: Role, size: float, colour: RGBColor | None = None
    ) -> None:
        for font, part in _by_font(text, NAMES[role]):
            run = paragraph.add_run(part)
            run.font.size = Pt(size)
            _fonts(run._r.get_or_add_rPr(), font)
            if colour is not None:
                run.font.color.rgb = colour

    def _title(self, title: str) -> None:
        for line in content.lines_of(title):
            paragraph = self.paragraph(line, Role.TITLE, size=22, align=SIDES["centre"])
            _off_grid(paragraph, 36)
        paragraph.paragraph_format.space_after = Pt(8)

    # The first page's head

    def _head(self) -> None:
        document = self.document
        notes = [said for said in (document.security, document.urgency) if said]
        if document.masthead is Masthead.LETTER and document.body:
            head = self._red_name(document.body, 52)
            # Paragraphs before take a line each from the 35 mm between type area and name.
            head.paragraph_format.space_before = Pt(max(0.0, Mm(35).pt - LINE * len(notes) - 3))
            for said in notes:
                head.insert_paragraph_before()
                self._run(self.out.paragraphs[-2], said, Role.HEI, 16)
            self.paragraph("")
            self.paragraph("")
            line = self.paragraph(document.number, align=SIDES["centre"])
            _off_grid(line, LINE)
            _red_line(line, Mm(4).pt)
            self.paragraph("")
            self.paragraph("")
        elif document.masthead is Masthead.BRIEFING:
            for said in notes:
                self.paragraph(said, Role.HEI)
            self.paragraph("")
            self._red_name(document.body, 48)
            issue = self.paragraph(document.issue.said if document.issue else "", align=SIDES["centre"])
            _off_grid(issue, LINE)
            line = self.paragraph("　".join(document.signed_by))
            line.alignment = SIDES["left"]
            _off_grid(line, LINE)
            _indent(line, left=CHARACTER, right=CHARACTER)
            line.paragraph_format.tab_stops.add_tab_stop(Mm(WIDTH) - Pt(CHARACTER), 2)
            self._run(line, "\t" + (day(document.dated) if document.dated else ""), Role.FANG, 16)
            _red_line(line, 2)
            self.paragraph("")
        else:
            for said in notes:
                self.paragraph(said, Role.HEI)
            if document.body:
                self.paragraph(document.body, align=SIDES["centre"])

    def _red_name(self, body: str, most: float) -> Any:
        lines = body.split("\n")
        size = min(most, Mm(150).pt / max(len(line) for line in lines))
        paragraph = None
        for line in lines:
            paragraph = self.paragraph(line, Role.TITLE, size=int(size), align=SIDES["centre"], colour=RED)
            _off_grid(paragraph, size * 1.3)
            if max(len(line) for line in lines) < 8:
                for run in paragraph.runs:
                    apart = f'<w:spacing {nsdecls("w")} w:val="{round(0.12 * size * 20)}"/>'
                    run._r.rPr.find(qn("w:sz")).addprevious(parse_xml(apart))
        return paragraph

    # Blocks

    def _blocks(self, blocks: tuple[Block, ...]) -> None:
        for block in blocks:
            self._block(block)

    def _block(self, block: Block) -> None:
        match block:
            case Heading():
                paragraph = self.paragraph(block.text, content.HEADING_ROLES[block.level], indent=True)
                paragraph.style = self.out.styles[f"Heading {block.level}"]
            case Paragraph():
                align = SIDES[block.align] if block.align != "left" else JUSTIFY
                paragraph = self.paragraph(block.lead, Role.KAI, indent=block.indent, align=align)
                self._run(paragraph, block.text, Role.FANG, 16)
            case Table():
                self._table(block)
            case Fields():
                self._form(block)
            case Picture():
                self._picture(block)
            case Exchange():
                for who, said in ((block.ask, block.question), (block.reply, block.answer)):
                    self._run(self.paragraph(f"{who}：", Role.HEI, indent=True), said, Role.FANG, 16)
            case Signatures():
                self.paragraph("")
                for name in block.names:
                    line = f"{name}（签名）：{'_' * 18}　　　年　　月　　日"
                    _off_grid(self.paragraph(line, align=SIDES["left"]), LINE)
            case Space():
                for _ in range(block.lines):
                    self.paragraph("")

    def _table(self, block: Table) -> None:
        if block.caption:
            caption = self.paragraph(block.caption, Role.HEI, size=14, align=SIDES["centre"])
            caption.paragraph_format.keep_with_next = True
        columns = len(block.head)
        shares = block.widths or (1.0,) * columns
        widths = [WIDTH * share / sum(shares) for share in shares]
        rows = [
            _Row(tuple(_Cell(text, Role.HEI, "centre") for text in block.head), head=True),
            *(
                _Row(
                    tuple(
                        _Cell(text, Role.FANG, side)
                        for text, side in zip(row, block.align or ("centre",) * columns, strict=True)
                    )
                )
                for row in block.rows
            ),
        ]
        self.out.element.body.insert(-1, _grid(widths, rows, 12, 19))
        _off_grid(self.paragraph(block.note, size=12, align=SIDES["left"]), 19 if block.note else 8)

    def _form(self, block: Fields) -> None:
        widths = [27.0, 51.0, 27.0, 51.0]
        rows = []
        for fields in block.rows:
            cells: list[_Cell] = []
            for field in fields:
                cells.append(_Cell(field.label, Role.HEI, "centre"))
                cells.append(_Cell(field.value, Role.FANG, "left", span=3 if len(fields) == 1 else 1))
            rows.append(_Row(tuple(cells), height=22 * max(field.lines for field in fields) + 8))
        self.out.element.body.insert(-1, _grid(widths, rows, 14, 22))
        _off_grid(self.paragraph(""), 8)  # two tables without a paragraph between them become one

    def _picture(self, block: Picture) -> None:
        data = pdf.png(block, self.fonts) if content.is_svg(block) else block.data
        paragraph = self.out.add_paragraph()
        paragraph.alignment = SIDES["centre"]
        shape = paragraph.add_run().add_picture(BytesIO(data), width=Mm(min(block.width, WIDTH)))
        shape._inline.docPr.set("descr", block.said or block.caption)
        if block.caption:
            paragraph.paragraph_format.keep_with_next = True
            self.paragraph(block.caption, size=14, align=SIDES["centre"])

    # What closes it

    def _closing(self) -> None:
        document = self.document
        if document.annexes:
            self.paragraph("")
            for said in content.annex_lines(document.annexes):
                self.paragraph(said, indent=True)
        if document.masthead is Masthead.LETTER and (document.signed_by or document.dated):
            dated = day(document.dated) if document.dated else ""
            # The last paragraph goes with whoever signs: no page holds a signature alone.
            for paragraph in (*self.out.paragraphs[-1:], self.paragraph(""), self.paragraph("")):
                paragraph.paragraph_format.keep_with_next = True
            for name in document.signed_by:
                beyond = (_width(name) - _width(dated)) / 2
                signed = self.paragraph(name, align=SIDES["right"])
                _indent(signed, right=max(0.0, 4 - beyond) * CHARACTER)
                _off_grid(signed, LINE)
                signed.paragraph_format.keep_with_next = True
            line = self.paragraph(dated, align=SIDES["right"])
            _indent(line, right=4 * CHARACTER)
            _off_grid(line, LINE)
        if document.note:
            self.paragraph(f"（{document.note}）", indent=True)

    def _annex(self, annex: Annex, place: int | None) -> None:
        first = self.paragraph(f"附件{place or ''}", Role.HEI)
        first.paragraph_format.page_break_before = True
        self.paragraph("")
        self._title(annex.title)
        self.paragraph("")
        self._blocks(annex.blocks)

    def _imprint(self, imprint: Imprint) -> None:
        """A table at the foot of the last page's type area: no line at its sides, thick ones above and below."""
        table = self.out.add_table(rows=0, cols=1)
        table.alignment = WD_TABLE_ALIGNMENT.CENTER
        rows = [(f"{one.label}：{'，'.join(one.units)}。", len(one.label) + 1) for one in imprint.copies]
        printed = f"{day(imprint.printed_on)}印发" if imprint.printed_on else ""
        if imprint.printed_by or printed:
            rows.append((f"{imprint.printed_by}\t{printed}", 0))
        for text, hang in rows:
            paragraph = table.add_row().cells[0].paragraphs[0]
            paragraph.alignment = SIDES["left"]
            _indent(paragraph, left=14 * (1 + hang), right=14, hanging=14 * hang)
            paragraph.paragraph_format.tab_stops.add_tab_stop(Mm(WIDTH) - Pt(14), 2)
            _off_grid(paragraph, 25)
            self._run(paragraph, text, Role.FANG, 14)
        if imprint.number_of_copies is not None:
            paragraph = table.add_row().cells[0].paragraphs[0]
            paragraph.alignment = SIDES["right"]
            _indent(paragraph, right=14)
            _off_grid(paragraph, 25)
            self._run(paragraph, f"共印{imprint.number_of_copies}份", Role.FANG, 14)
        across = (Mm(WIDTH).pt - 28) / 14
        high = sum(ceil(_width(text) / (across - hang)) for text, hang in rows) + (
            imprint.number_of_copies is not None
        )
        _at_the_foot(table, len(rows), 25.0 * high)
        last = self.out.add_paragraph()
        _off_grid(last, 1)


# XML that the library has no words for

# The grid's characters are counted from the size given here.
_DEFAULTS = (
    f"<w:docDefaults {nsdecls('w')}><w:rPrDefault><w:rPr>"
    f'<w:rFonts w:ascii="{NAMES[Role.FANG]}" w:hAnsi="{NAMES[Role.FANG]}" w:eastAsia="{NAMES[Role.FANG]}"/>'
    '<w:sz w:val="32"/><w:szCs w:val="32"/><w:lang w:val="en-US" w:eastAsia="zh-CN"/>'
    "</w:rPr></w:rPrDefault><w:pPrDefault/></w:docDefaults>"
)


class _Cell:
    def __init__(self, text: str, role: Role, side: str, span: int = 1) -> None:
        self.text, self.role, self.side, self.span = text, role, side, span


class _Row:
    def __init__(self, cells: tuple[_Cell, ...], *, head: bool = False, height: float = 0) -> None:
        self.cells, self.head, self.height = cells, head, height


def _grid(widths: list[float], rows: list[_Row], size: float, line: float) -> Any:
    """A table as XML: writing it cell by cell through the library takes seconds for a long annex."""
    twips = [round(Mm(width).pt * 20) for width in widths]
    parts = [
        f"<w:tbl {nsdecls('w')}><w:tblPr>",
        f'<w:tblW w:w="{sum(twips)}" w:type="dxa"/><w:jc w:val="center"/><w:tblBorders>',
        *(
            f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="000000"/>'
            for side in ("top", "left", "bottom", "right", "insideH", "insideV")
        ),
        '</w:tblBorders><w:tblLayout w:type="fixed"/><w:tblCellMar><w:left w:w="80" w:type="dxa"/>',
        '<w:right w:w="80" w:type="dxa"/></w:tblCellMar></w:tblPr><w:tblGrid>',
        *(f'<w:gridCol w:w="{width}"/>' for width in twips),
        "</w:tblGrid>",
    ]
    for row in rows:
        parts.append("<w:tr><w:trPr><w:cantSplit/>")
        if row.height:
            parts.append(f'<w:trHeight w:val="{round(row.height * 20)}" w:hRule="atLeast"/>')
        parts.append("<w:tblHeader/></w:trPr>" if row.head else "</w:trPr>")
        place = 0
        for cell in row.cells:
            width = sum(twips[place : place + cell.span])
            place += cell.span
            span = f'<w:gridSpan w:val="{cell.span}"/>' if cell.span > 1 else ""
            parts.append(
                f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{span}<w:vAlign w:val="center"/></w:tcPr>'
            )
            parts.append(_cell_paragraph(cell, size, line) + "</w:tc>")
        parts.append("</w:tr>")
    parts.append("</w:tbl>")
    return parse_xml("".join(parts))


def _cell_paragraph(cell: _Cell, size: float, line: float) -> str:
    side = {"centre": "center"}.get(cell.side, cell.side)
    runs = "".join(_run_xml(part, font, size) for font, part in _by_font(cell.text, NAMES[cell.role]))
    return (
        f'<w:p><w:pPr><w:snapToGrid w:val="0"/><w:spacing w:line="{round(line * 20)}" w:lineRule="exact"/>'
        f'<w:jc w:val="{side}"/></w:pPr>{runs}</w:p>'
    )


def _run_xml(text: str, font: str, size: float) -> str:
    said = "<w:br/>".join(f'<w:t xml:space="preserve">{_escaped(line)}</w:t>' for line in text.split("\n"))
    names = f'w:ascii="{font}" w:hAnsi="{font}" w:eastAsia="{font}" w:cs="{font}"'
    return f'<w:r><w:rPr><w:rFonts {names}/><w:sz w:val="{round(size * 2)}"/></w:rPr>{said}</w:r>'


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _by_font(text: str, font: str) -> list[tuple[str, str]]:
    """Runs of text with the font of each: the wanted one, or one that has what GB 2312 has not."""
    parts: list[tuple[str, str]] = []
    for character in text:
        wanted = _font_of(character, font)
        if parts and parts[-1][0] == wanted:
            parts[-1] = (wanted, parts[-1][1] + character)
        else:
            parts.append((wanted, character))
    return parts


def _font_of(character: str, font: str) -> str:
    if ord(character) > 0xFFFF:
        return RAREST
    if 0x3400 <= ord(character) <= 0x9FFF:
        try:
            character.encode("gb2312")
        except UnicodeEncodeError:
            return RARE
    return font


def _width(text: str) -> float:
    """In characters of the grid; digits and letters take about half."""
    return sum(0.5 if one.isascii() else 1.0 for one in text)


def _fonts(properties: Any, font: str) -> None:
    names = properties.get_or_add_rFonts()
    for key in list(names.attrib):
        del names.attrib[key]
    for kind in ("ascii", "hAnsi", "eastAsia", "cs"):
        names.set(qn(f"w:{kind}"), font)


def _on(properties: Any, name: str, *, value: bool) -> None:
    """A switch of a paragraph, put where the schema wants it: before spacing, indent and side."""
    switch = OxmlElement(f"w:{name}")
    switch.set(qn("w:val"), "1" if value else "0")
    later = {
        qn(f"w:{tag}")
        for tag in ("autoSpaceDN", "snapToGrid", "spacing", "ind", "jc", "outlineLvl", "rPr", "sectPr")
    }
    later.discard(qn(f"w:{name}"))
    for child in properties:
        if child.tag in later:
            child.addprevious(switch)
            return
    properties.append(switch)


def _off_grid(paragraph: Any, line: float) -> None:
    paragraph.paragraph_format.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    paragraph.paragraph_format.line_spacing = Pt(line)
    _on(paragraph._p.get_or_add_pPr(), "snapToGrid", value=False)


def _first_line(paragraph: Any) -> None:
    paragraph.paragraph_format.first_line_indent = Pt(
        2 * CHARACTER - 0.1
    )  # a trifle more would be three cells to LibreOffice


def _indent(paragraph: Any, *, left: float = 0, right: float = 0, hanging: float = 0) -> None:
    form = paragraph.paragraph_format
    form.left_indent, form.right_indent = Pt(left), Pt(right)
    if hanging:
        form.first_line_indent = Pt(-hanging)


def _red_line(paragraph: Any, above: float) -> None:
    space = min(31, round(above))
    borders = (
        f"<w:pBdr {nsdecls('w')}>"
        f'<w:bottom w:val="single" w:sz="12" w:space="{space}" w:color="E60012"/></w:pBdr>'
    )
    properties = paragraph._p.get_or_add_pPr()
    border = parse_xml(borders)
    later = [qn(f"w:{tag}") for tag in ("tabs", "snapToGrid", "spacing", "ind", "jc")]
    first = next((child for child in properties if child.tag in later), None)
    if first is None:
        properties.append(border)
    else:
        first.addprevious(border)


def _page_number(paragraph: Any, font: str, size: float) -> None:
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        run = paragraph.add_run()
        run.font.size = Pt(size)
        _fonts(run._r.get_or_add_rPr(), font)
        if kind:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
        else:
            mark = OxmlElement("w:instrText")
            mark.text = text
        run._r.append(mark)


def _at_the_foot(table: Any, lined: int, high: float) -> None:
    """Anchored to the page, `high` points above the type area's end; the first `lined` rows are ruled."""
    properties = table._tbl.tblPr
    for name in ("w:tblStyle", "w:tblW"):
        if (old := properties.find(qn(name))) is not None:
            properties.remove(old)
    place = (
        f'<w:tblpPr {nsdecls("w")} w:leftFromText="0" w:rightFromText="0" w:vertAnchor="page" '
        f'w:horzAnchor="margin" w:tblpXSpec="center" w:tblpY="{round((Mm(297 - 35).pt - high - 2) * 20)}"/>'
    )
    width = f'<w:tblW {nsdecls("w")} w:w="{round(Mm(WIDTH).pt * 20)}" w:type="dxa"/>'
    properties.insert(0, parse_xml(width))
    properties.insert(0, parse_xml(place))
    for column in table._tbl.tblGrid:
        column.set(qn("w:w"), str(round(Mm(WIDTH).pt * 20)))
    for at, row in enumerate(table.rows):
        cell = row.cells[0]
        cell.width = Mm(WIDTH)
        sides = []
        if at < lined:  # sz counts eighths of a point: 0.35 mm = 8, 0.25 mm = 6
            sides.append(f'<w:top w:val="single" w:sz="{8 if at == 0 else 6}" w:space="0" w:color="000000"/>')
        if at == lined - 1:
            sides.append('<w:bottom w:val="single" w:sz="8" w:space="0" w:color="000000"/>')
        cell._tc.get_or_add_tcPr().append(
            parse_xml(f"<w:tcBorders {nsdecls('w')}>{''.join(sides)}</w:tcBorders>")
        )
        margins = (
            f'<w:tcMar {nsdecls("w")}><w:left w:w="0" w:type="dxa"/><w:right w:w="0" w:type="dxa"/></w:tcMar>'
        )
        cell._tc.get_or_add_tcPr().append(parse_xml(margins))
