"""Where a change comes from when somebody sends a form."""

from django.http import HttpRequest

from shaodao.centre.cases.actions import Source


def web_source(request: HttpRequest) -> Source:
    """The web, and the request's id in the logs."""
    return Source(channel="web", request_id=getattr(request, "id", ""))
