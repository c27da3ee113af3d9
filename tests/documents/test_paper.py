"""What is measured on the paper: PDF/A-2b, the grid, the head, page numbers; what is refused by name."""

import re
import shutil
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from datetime import date
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import pikepdf
import pytest
from docx import Document as open_docx
from hypothesis import given, settings
from hypothesis import strategies as st
from pdfminer.high_level import extract_pages
from pdfminer.layout import LTChar, LTLine, LTPage, LTRect
from tests.documents import samples

from shaodao.ground.documents import content, docx, fonts, pdf
from shaodao.ground.documents.model import (
    Document,
    Fields,
    Heading,
    Masthead,
    Paragraph,
    Picture,
    StandIn,
    Table,
    day,
    number,
)
from shaodao.ground.documents.refusals import Refusal

MM = 72 / 25.4
NEAR = 0.5 * MM  # the tolerance of the rules
CHARACTER = 156 * MM / 28


@pytest.fixture(scope="module", autouse=True)
def _with_fonts():
    if not (fonts.FOLDER / fonts.FANG[0]).exists():
        pytest.skip(
            "FandolFang is not there: script/vendor takes it from the distribution, where there is apt"
        )


def plain(*texts: str, **others: object) -> Document:
    return Document(
        "标题", tuple(Paragraph(text, indent=False) for text in texts), dated=date(2026, 3, 5), **others
    )


def pages(data: bytes) -> list[LTPage]:
    return list(extract_pages(BytesIO(data)))


def walk(thing):
    yield thing
    if hasattr(thing, "__iter__"):
        for part in thing:
            yield from walk(part)


def characters(page: LTPage) -> list[LTChar]:
    return [one for one in walk(page) if isinstance(one, LTChar) and one.get_text().strip()]


def baseline(one: LTChar) -> float:
    return one.matrix[5]


def rows(page: LTPage) -> list[list[LTChar]]:
    """The body's lines from top to bottom, each from left to right."""
    found: dict[int, list[LTChar]] = {}
    for one in characters(page):
        if baseline(one) > 35 * MM:
            found.setdefault(round(baseline(one)), []).append(one)
    return [sorted(found[y], key=lambda one: one.x0) for y in sorted(found, reverse=True)]


def rulings(page: LTPage) -> list:
    return [one for one in walk(page) if isinstance(one, LTLine | LTRect) and one.width > 150 * MM]


def text_of(page: LTPage) -> str:
    return "".join(one.get_text() for one in characters(page))


@pytest.mark.parametrize("form", samples.ALL)
def test_it_is_pdf_a_2b_with_every_font_inside(form):
    with pikepdf.open(BytesIO(pdf.render(samples.ALL[form]()).data)) as written:
        with written.open_metadata() as about:
            assert about["pdfaid:part"] == "2"
            assert about["pdfaid:conformance"] == "B"
            assert about["dc:title"]
        assert written.Root.OutputIntents[0].S == "/GTS_PDFA1"
        assert "/DestOutputProfile" in written.Root.OutputIntents[0]
        assert not written.is_encrypted
        assert written.Root.Lang == "zh-CN"
        found = [thing for thing in written.objects if isinstance(thing, pikepdf.Dictionary)]
        described = [thing for thing in found if thing.get("/Type") == "/FontDescriptor"]
        assert described
        assert all("/FontFile2" in one or "/FontFile3" in one for one in described)
        assert not any(thing.get("/S") == "/JavaScript" for thing in found)
        for page in written.pages:
            assert [float(side) for side in page.mediabox] == pytest.approx(
                [0, 0, 210 * MM, 297 * MM], abs=0.01
            )


def test_it_sets_22_lines_of_28_characters():
    written = pages(
        pdf.render(plain("街道吹哨部门报到" * 300, body="淮南县文件", number="淮政〔2026〕1号")).data
    )
    for place in (1, 2):
        lines = rows(written[place])
        assert len(lines) == 22
        assert all(len(line) == 28 for line in lines)
        left = (26 if place % 2 else 28) * MM  # the binding margin is inside
        for line in lines:
            assert [one.x0 for one in line] == pytest.approx(
                [left + i * CHARACTER for i in range(28)], abs=NEAR
            )
            assert line[-1].x0 + CHARACTER == pytest.approx(left + 156 * MM, abs=NEAR)
        tops = [baseline(line[0]) for line in lines]
        assert [a - b for a, b in pairwise(tops)] == pytest.approx([28.95] * 21, abs=0.01)
        cell = tops[0] + 0.88 * 16 + (28.95 - 16) / 2
        assert cell == pytest.approx((297 - 37) * MM, abs=NEAR)
        assert cell - 22 * 28.95 == pytest.approx(
            35 * MM, abs=1.2
        )  # 22 × 28.95 pt leaves 0.9 pt of the 225 mm
        assert {round(one.size) for line in lines for one in line} == {16}
        assert {one.fontname.split("+")[-1] for line in lines for one in line} == {"FandolFang-Regular"}


def test_it_puts_the_red_head_where_the_standard_says():
    page = pages(pdf.render(samples.letter()).data)[0]
    red = [
        one
        for one in characters(page)
        if one.graphicstate.ncolor
        and tuple(one.graphicstate.ncolor)[:1] > (0.8,)
        and tuple(one.graphicstate.ncolor)[1] < 0.1
    ]
    assert "".join(one.get_text() for one in red) == "淮南县人民政府办公室文件"
    line = next(one for one in rulings(page))
    assert line.x0 == pytest.approx(28 * MM, abs=NEAR)
    assert line.width == pytest.approx(156 * MM, abs=NEAR)
    numbered = next(row for row in rows(page) if "〔" in "".join(one.get_text() for one in row))
    assert "".join(one.get_text() for one in numbered) == "淮政办〔2026〕5号"
    bottom = baseline(numbered[0]) - 0.12 * 16
    assert bottom - line.y0 == pytest.approx(4 * MM, abs=NEAR)
    middle = (numbered[0].x0 + numbered[-1].x1) / 2
    assert middle == pytest.approx((28 + 78) * MM, abs=NEAR)


def test_it_begins_the_red_name_35_mm_below_the_type_area():
    import pypdfium2

    with pypdfium2.PdfDocument(pdf.render(samples.letter()).data) as written:
        picture = written[0].render(scale=4).to_numpy()
    red = (picture[:, :, 2] > 200) & (picture[:, :, 1] < 60)
    top = red.any(axis=1).argmax() / 4 / MM
    assert top == pytest.approx(37 + 35, abs=0.5)


def test_it_numbers_odd_pages_right_and_even_ones_left():
    for place, page in enumerate(pages(pdf.render(samples.briefing()).data), 1):
        foot = [one for one in characters(page) if baseline(one) < 35 * MM]
        assert "".join(one.get_text() for one in foot) == f"—{place}—"
        assert {round(one.size) for one in foot} == {14}
        left = (28 if place % 2 else 26) * MM
        if place % 2:
            assert max(one.x1 for one in foot) == pytest.approx(left + 156 * MM - 14, abs=NEAR)
        else:
            assert min(one.x0 for one in foot) == pytest.approx(left + 14, abs=NEAR)
        dash = baseline(foot[0]) + 0.38 * 14  # the middle of its em, where the stroke is
        assert 35 * MM - dash == pytest.approx(7 * MM, abs=NEAR)


def test_it_dates_four_characters_from_the_right_and_ends_in_the_imprint():
    written = pages(pdf.render(samples.supervision_order()).data)
    last = written[-1]
    dated = next(row for row in rows(last) if "".join(c.get_text() for c in row) == "2026年3月5日")
    assert dated[-1].x0 + CHARACTER == pytest.approx((26 + 156) * MM - 4 * CHARACTER, abs=NEAR)
    rules = sorted({round(one.y0, 1) for one in rulings(last) if one.y0 < 100 * MM})
    assert len(rules) == 3
    assert rules[0] == pytest.approx(35 * MM, abs=NEAR)
    assert "抄送：县纪委监委，县委督查室。" in text_of(last)


@pytest.mark.parametrize("form", samples.ALL)
def test_it_says_everything_in_both_forms(form):
    document = samples.ALL[form]()
    in_pdf = "".join(text_of(page) for page in pages(pdf.render(document).data))
    opened = open_docx(BytesIO(docx.render(document).data))
    in_docx = re.sub(
        r"\s", "", "".join(node.text or "" for node in opened.element.body.iter() if node.tag.endswith("}t"))
    )
    for role, text in content.texts(document):
        if role is fonts.Role.SONG:
            continue
        for word in re.findall(r"[\u4e00-\u9fff]{2,6}", text):
            if word not in content.words_of(next(document.pictures(), Picture(b"\x89PNG\r\n\x1a\n"))):
                assert all(one in in_pdf for one in word)
                assert word in in_docx


@pytest.mark.parametrize("character", "䶮㑇𬭚堃喆㛃")
def test_it_prints_rare_names_and_says_which_font_stood_in(character):
    document = plain(f"反映人张{character}")
    for render in (pdf.render, docx.render):
        done = render(document)
        assert [one for one in done.stand_ins if character in one.characters]
    assert character in "".join(text_of(page) for page in pages(pdf.render(document).data))


@pytest.mark.parametrize("character", ["𡋾", "𠅤𠅥"[1], "😀", "\ue000"])
def test_it_refuses_by_name_what_no_font_has(character):
    for render in (pdf.render, docx.render):
        with pytest.raises(Refusal) as refused:
            render(plain(f"反映人张{character}，住{character}村"))
        assert refused.value.code == "no_glyph"
        assert refused.value.params == {"characters": f"{character}（U+{ord(character):04X}）"}


def test_it_refuses_a_character_wherever_it_stands():
    from dataclasses import fields

    document = samples.supervision_order()
    for name in ("title", "body", "number", "addressee", "note"):
        assert name in {field.name for field in fields(document)}
        with pytest.raises(Refusal, match="U\\+212FE"):
            pdf.render(replace(document, **{name: "𡋾"}))
    drawn = Picture(
        b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><text y="9">\xf0\xa1\x8b\xbe</text></svg>'
    )
    for block in (Heading(1, "𡋾"), Table(("甲",), (("𡋾",),)), drawn):
        with pytest.raises(Refusal, match="U\\+212FE"):
            pdf.render(replace(document, blocks=(block,)))


def test_it_prints_what_a_font_of_the_county_has(tmp_path, monkeypatch):
    """A font made here with the one character that no other has, as an administrator would add one."""
    from fontTools.fontBuilder import FontBuilder
    from fontTools.pens.ttGlyphPen import TTGlyphPen

    pen = TTGlyphPen(None)
    pen.moveTo((100, 0))
    for point in ((100, 800), (900, 800), (900, 0)):
        pen.lineTo(point)
    pen.closePath()
    font = FontBuilder(1000, isTTF=True)
    font.setupGlyphOrder([".notdef", "box"])
    font.setupCharacterMap({ord("𡋾"): "box"})
    font.setupGlyf({".notdef": pen.glyph(), "box": pen.glyph()})
    font.setupHorizontalMetrics({".notdef": (1000, 100), "box": (1000, 100)})
    font.setupHorizontalHeader(ascent=880, descent=-120)
    font.setupNameTable({"familyName": "County Names", "styleName": "Regular", "psName": "CountyNames"})
    font.setupOS2()
    font.setupPost()
    font.save(tmp_path / "names.ttf")
    monkeypatch.setenv("SHAODAO_FONTS", str(tmp_path))
    done = pdf.render(plain("住𡋾村"))
    assert done.stand_ins == (StandIn("仿宋", "County Names", "𡋾"),)
    assert "住𡋾村" in text_of(pages(done.data)[0])


def test_it_leaves_no_signature_alone_on_a_page():
    for lines in range(1, 25):
        blocks = tuple(Paragraph(f"第{i}段。") for i in range(lines))
        document = Document("题", blocks, signed_by=("县水利局",), dated=date(2026, 3, 5))
        last = rows(pages(pdf.render(document).data)[-1])
        assert len(last) > 2


def test_it_says_when_the_wanted_font_is_not_there(tmp_path):
    for file in (fonts.SONG[0], fonts.TITLE[0], fonts.HEI[0]):
        (tmp_path / file).symlink_to(fonts.FOLDER / file)
    done = pdf.render(plain("甲"), fonts.installed(tmp_path))
    assert StandIn("仿宋", "Noto Serif SC") in done.stand_ins


def test_it_refuses_without_any_font(tmp_path):
    with pytest.raises(Refusal) as refused:
        pdf.render(plain("甲"), fonts.installed(tmp_path))
    assert refused.value.code == "no_fonts"
    assert "仿宋" in refused.value.params["font"]


def test_it_refuses_a_broken_picture():
    for data in (b"<svg", b"\x89PNG\r\n\x1a\nnothing"):
        with pytest.raises(Refusal) as refused:
            pdf.render(Document("题", (Picture(data, caption="图1"),), dated=date(2026, 1, 1)))
        assert refused.value.params == {"caption": "图1"}


def test_it_reads_no_markup_in_words():
    words = '#read("/etc/passwd") *粗* $x$ <b>&amp; // 行 \\ @甲 = 题 [乙] `丙`'
    document = plain(words, addressee=words, number=words)
    assert text_of(pages(pdf.render(document).data)[0]).count('#read("/etc/passwd")') >= 2
    assert '#read("/etc/passwd")' in "".join(
        p.text for p in open_docx(BytesIO(docx.render(document).data)).paragraphs
    )


@given(st.text(st.characters(codec="gb2312"), min_size=1, max_size=80))
@settings(max_examples=25, deadline=None)
def test_it_sets_any_words(words):
    assert pdf.render(plain(words)).data.startswith(b"%PDF-1.7")
    open_docx(BytesIO(docx.render(plain(words)).data))


@given(st.text("的年治理ab12（）、", min_size=1, max_size=60))
def test_it_breaks_titles_without_losing_a_word(title):
    lines = content.lines_of(title)
    assert "".join(lines) == title
    assert all(lines)


def test_it_is_the_same_bytes_each_time():
    assert pdf.render(samples.briefing()).data == pdf.render(samples.briefing()).data


def test_it_gives_word_the_grid_and_the_margins():
    for form in samples.ALL.values():
        section = open_docx(BytesIO(docx.render(form()).data)).sections[0]
        assert [round(side.mm) for side in (section.page_width, section.page_height)] == [210, 297]
        sides = (section.top_margin, section.bottom_margin, section.left_margin, section.right_margin)
        assert [round(side.mm, 1) for side in sides] == [37, 35, 28, 26]
        grid = next(node for node in section._sectPr if node.tag.endswith("}docGrid"))
        values = {key.split("}")[1]: value for key, value in grid.attrib.items()}
        assert values["type"] == "linesAndChars"
        assert int(values["linePitch"]) / 20 == pytest.approx(28.95, abs=0.03)
        assert 28 * (16 + int(values["charSpace"]) / 4096) == pytest.approx(156 * MM, abs=0.1)


def test_it_is_fast_enough_for_a_request():
    pdf.render(samples.letter())
    begun = time.process_time()
    document = samples.briefing()
    written = pdf.render(document).data
    docx.render(document)
    assert len(pages(written)) >= 8
    assert time.process_time() - begun < 5


def test_it_leaves_nothing_on_disk(tmp_path):
    """Files opened for writing while both forms are made: none, as the system saw it."""
    if not shutil.which("strace"):
        pytest.skip("strace is not there")
    code = (
        "import sys; sys.dont_write_bytecode = True; sys.path[:0] = ['src', '.']\n"
        "from tests.documents import samples; from shaodao.ground.documents import pdf, docx\n"
        "for make in samples.ALL.values(): pdf.render(make()); docx.render(make())\n"
    )
    seen = tmp_path / "seen"
    command = ["strace", "-f", "-qq", "-e", "trace=openat,open,creat,mkdir,memfd_create", "-o", str(seen)]
    done = subprocess.run(
        [*command, sys.executable, "-c", code], capture_output=True, timeout=120, check=False
    )
    if b"ptrace" in done.stderr:
        pytest.skip("strace is not allowed here")
    assert done.returncode == 0, done.stderr
    made = [
        line
        for line in seen.read_text().splitlines()
        if re.search(r"O_WRONLY|O_RDWR|O_CREAT|creat\(|mkdir\(", line)
    ]
    assert [line for line in made if "/dev/" not in line and "/proc/" not in line] == []


@pytest.mark.nightly
def test_it_opens_in_libreoffice_on_the_same_grid(tmp_path):
    office = shutil.which("soffice")
    if not office:
        pytest.skip("LibreOffice is not there: apt install libreoffice-writer-nogui")
    (tmp_path / "fonts.conf").write_text(
        f"<fontconfig><dir>{fonts.FOLDER}</dir><cachedir>{tmp_path}/cache</cachedir></fontconfig>"
    )
    for name, make in samples.ALL.items():
        (tmp_path / f"{name}.docx").write_bytes(docx.render(make()).data)
    command = [
        office,
        f"-env:UserInstallation=file://{tmp_path}/profile",
        "--headless",
        "--convert-to",
        "pdf",
    ]
    subprocess.run(
        [*command, "--outdir", tmp_path, *tmp_path.glob("*.docx")],
        env={"FONTCONFIG_FILE": str(tmp_path / "fonts.conf"), "HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
        check=True,
        capture_output=True,
        timeout=300,
    )
    for name in samples.ALL:
        assert Path(tmp_path / f"{name}.pdf").exists()
    body = rows(pages((tmp_path / "letter.pdf").read_bytes())[1])
    assert len(body) == 22
    full = [
        line for line in body if len(line) > 26 and line[-1].get_text() not in "，。、"
    ]  # it hangs these outside
    assert full
    for line in full:
        assert len(line) == 28
        assert line[-1].x0 - line[0].x0 == pytest.approx(27 * CHARACTER, abs=2)
    tops = [baseline(line[0]) for line in body]
    assert [a - b for a, b in pairwise(tops)] == pytest.approx([28.95] * 21, abs=0.1)


def test_it_writes_numbers_and_dates_as_the_standard_does():
    assert number("淮督", 2026, 5) == "淮督〔2026〕5号"
    assert day(date(2026, 3, 5)) == "2026年3月5日"


def test_it_refuses_tables_with_holes():
    with pytest.raises(ValueError, match="cells"):
        Table(("甲", "乙"), (("一",),))
    with pytest.raises(ValueError, match="one or two"):
        Fields(((),))


def test_it_keeps_names_out_of_the_file_that_nobody_wrote():
    """Of the library's template nothing remains: no author, no comment, no thumbnail of another text."""
    with zipfile.ZipFile(BytesIO(docx.render(samples.letter()).data)) as parts:
        about = parts.read("docProps/core.xml").decode()
        assert "python-docx" not in about
        assert "2013" not in about
        assert not [name for name in parts.namelist() if "thumbnail" in name]
    assert Masthead.LETTER is samples.letter().masthead
