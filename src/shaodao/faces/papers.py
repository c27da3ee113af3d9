"""An official document as a file to be taken away: PDF/A or .docx; what cannot be printed is said by name."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from shaodao.faces import words
from shaodao.ground.documents import docx, pdf
from shaodao.ground.documents.model import Document
from shaodao.ground.documents.refusals import Refusal

WRITERS = {"pdf": pdf.render, "docx": docx.render}


def answer(request: HttpRequest, document: Document, name: str, form: str, back: str) -> HttpResponse:
    """The file `name.form`; `back` is the address to go to where it cannot be written."""
    if form not in WRITERS:
        raise Http404
    try:
        rendered = WRITERS[form](document)
    except Refusal as refusal:
        messages.error(request, words.refusal(refusal.code, **refusal.params))
        return redirect(back)
    made = HttpResponse(rendered.data, content_type=rendered.media_type)
    made["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    return made
