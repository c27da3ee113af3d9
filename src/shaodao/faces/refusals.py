"""What the centre refuses, as a page in words. A view that can say it beside its own form catches it first."""

from collections.abc import Callable

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from shaodao.centre.cases.actions import NoSuchCase, Stale
from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.centre.cases.permissions import Forbidden
from shaodao.faces import words
from shaodao.faces.api import problems
from shaodao.faces.work.overtaken import typed
from shaodao.ground.documents.refusals import Refusal as DocumentRefusal
from shaodao.ground.files.refusals import Refusal as FileRefusal
from shaodao.ground.ledger.store import Conflict

Respond = Callable[[HttpRequest], HttpResponseBase]

PLAIN = {NoSuchCase: 404, Forbidden: 403, Stale: 409, Conflict: 409}


def in_words(respond: Respond) -> Respond:
    """Middleware: 400, 403, 404 and 409 get their own pages, any other refusal a page with its sentence."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if "%00" in request.META.get("QUERY_STRING", ""):  # no database could look for it
            if request.path.startswith("/api/"):
                return problems.document(request, problems.Problem(400, "field_wrong", field="query"))
            raise SuspiciousOperation("NUL in an address")
        return respond(request)

    def process_exception(request: HttpRequest, error: Exception) -> HttpResponse | None:
        if status := PLAIN.get(type(error)):
            return render(request, f"{status}.html", {"typed": typed(request)}, status=status)
        if isinstance(error, Refusal | FileRefusal | DocumentRefusal):
            said = words.refusal(error.code, **error.params)
            status = 409 if error.code == "stale" else 422
            return render(
                request, "shaodao/refused.html", {"said": said, "typed": typed(request)}, status=status
            )
        return None

    middleware.process_exception = process_exception  # type: ignore[attr-defined]
    return middleware
