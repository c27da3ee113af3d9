"""`/api/v1`: the routers put together, and an answer in kind for every other address and method."""

from __future__ import annotations

from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema

from shaodao.faces.api import alike, cases, knowledge, problems, tracking, whistles
from shaodao.faces.api.docs import LocalDocs
from shaodao.faces.api.parsing import Strict
from shaodao.faces.api.problems import Problem

ABOUT = """
街道吹哨、部门报到的接口。请求和答复都是 JSON（UTF-8）；时间带时区；坐标要写明坐标系。

出错时答 `application/problem+json`（RFC 9457）：`type` 稳定不变，`detail` 说明怎么办；`Accept-Language: en` 时为英文。
"""


class Api(NinjaAPI):
    """Ninja's, with problem documents named as what they are."""

    def get_openapi_schema(self, **how: Any) -> OpenAPISchema:
        schema = super().get_openapi_schema(**how)
        for operations in schema["paths"].values():
            for operation in operations.values():
                for status, response in operation["responses"].items():
                    if int(status) >= 400 and "application/json" in response.get("content", {}):
                        response["content"][problems.MEDIA_TYPE] = response["content"].pop("application/json")
        return schema


api = Api(
    title="哨到接口",
    version="1",
    description=ABOUT,
    docs=LocalDocs(),
    parser=Strict(),
    urls_namespace="api",
)
for kind in (Exception, Http404, HttpError, ValidationError):  # all that ninja has a handler of its own for
    api.add_exception_handler(kind, problems.handler)
for router in (whistles.router, alike.router, knowledge.router, tracking.router, cases.router):
    api.add_router("", router)


def in_kind(pattern: URLPattern) -> URLPattern:
    """The same address, with a problem document for a method that it does not know."""
    view = pattern.callback

    @csrf_exempt
    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if not isinstance(response, HttpResponseNotAllowed):
            return response
        refused = problems.document(request, Problem(405, "wrong_method"))
        refused["Allow"] = ", ".join(sorted(response["Allow"].split(", ")))
        return refused

    pattern.callback = answered
    return pattern


@csrf_exempt
def nothing_here(request: HttpRequest) -> HttpResponse:
    return problems.answer(request, Http404())


_routes, _, _namespace = api.urls
urlpatterns: list[URLPattern | URLResolver] = [
    path("", include(([in_kind(route) for route in _routes], "ninja"), namespace=_namespace)),
    re_path("", nothing_here),
]
