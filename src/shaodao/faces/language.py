"""Which language a page speaks: the county's Chinese, or English where a resident chose it. Staff pages are Chinese."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.urls import Resolver404, resolve
from django.utils import translation
from django.utils.cache import patch_vary_headers

CHINESE, ENGLISH = "zh-hans", "en"
COOKIE = "lang"
YEAR = 365 * 24 * 3600
Respond = Callable[[HttpRequest], HttpResponseBase]


def chosen(respond: Respond) -> Respond:
    """Middleware. `?lang=en` and `?lang=zh` choose, and a cookie keeps it; programs say `Accept-Language`. What a browser
    would like is not asked: the phones of many who read Chinese are set to English."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if request.path.startswith("/api/"):
            language, vary = translation.get_language_from_request(request), "Accept-Language"
        elif for_residents(request.path_info):
            asked = request.GET.get("lang") or request.COOKIES.get(COOKIE)
            language, vary = (ENGLISH if asked == "en" else CHINESE), "Cookie"
        else:
            language, vary = CHINESE, ""
        request.LANGUAGE_CODE = language
        with translation.override(language):
            response = respond(request)
        if not vary:
            return response
        response.headers.setdefault("Content-Language", language)
        if vary != "Cookie" or response.get("Content-Type", "").startswith("text/html"):
            patch_vary_headers(response, [vary])
        if vary == "Cookie" and request.GET.get("lang") in ("en", "zh"):
            response.set_cookie(
                COOKIE,
                request.GET["lang"],
                max_age=YEAR,
                samesite="Lax",
                secure=settings.SESSION_COOKIE_SECURE,
            )
        return response

    return middleware


def for_residents(path: str) -> bool:
    """Whether a page of residents is at this address. One that is nowhere answers as any page of staff would to whoever may
    not see it: in Chinese, whatever was chosen."""
    try:
        found = resolve(path)
    except Resolver404:
        return False
    return found.namespace == "resident" or (found.url_name or "").startswith("resident_")


def english() -> bool:
    """Whether what is being said now is said in English."""
    return translation.get_language() == ENGLISH
