"""The page that explains the API, from our own files: no other host, no inline script."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from ninja import NinjaAPI
from ninja.openapi.docs import DocsBase


class LocalDocs(DocsBase):
    """Swagger UI as it is vendored."""

    def render_page(self, request: HttpRequest, api: NinjaAPI, **kwargs: Any) -> HttpResponse:
        return render(
            request, "api/docs.html", {"schema": self.get_openapi_url(api, kwargs), "title": api.title}
        )
