"""Pictures of every form on paper, for docs/screens: all pages side by side. Run by script/screens."""

import os
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image
from tests.documents import samples

from shaodao.ground.documents import pdf

OUT = Path(os.environ.get("SCREENS", Path(__file__).resolve().parents[2] / "docs" / "screens"))
ACROSS, APART = 4, 12


@pytest.mark.parametrize("form", samples.ALL)
def test_it_takes_pictures_of_paper(form: str) -> None:
    name = f"paper-{form.replace('_', '-')}"
    if not any(part in name for part in os.environ.get("ONLY", name).split(",")):
        pytest.skip("not asked for")
    with pypdfium2.PdfDocument(pdf.render(samples.ALL[form]()).data) as written:
        pages = [page.render(scale=1.15).to_pil() for page in written]
    width, height = pages[0].size
    across = min(ACROSS, len(pages))
    down = -(-len(pages) // across)
    sheet = Image.new("RGB", (across * (width + APART) + APART, down * (height + APART) + APART), "#c9ced6")
    for place, page in enumerate(pages):
        left, top = place % across, place // across
        sheet.paste(page, (APART + left * (width + APART), APART + top * (height + APART)))
    sheet.quantize(64).save(OUT / f"{name}.png", optimize=True)
