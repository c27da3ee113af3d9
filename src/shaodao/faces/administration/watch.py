"""How the installation runs: the ledger's log, subscribers, messages that could not be delivered."""

from __future__ import annotations

from collections import deque

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from shaodao.centre.cases import permissions
from shaodao.faces.administration.guard import needs
from shaodao.faces.forms import whole
from shaodao.faces.work.capacity import Desk
from shaodao.ground.ledger import anchors, keeping, sealer, subscriptions
from shaodao.ground.messages import relay
from shaodao.ground.messages.models import Outgoing, State

SHOWN = 100


@needs("watch")
def watch(request: HttpRequest, desk: Desk) -> HttpResponse:
    now = timezone.now()
    file = keeping.anchor_file()
    last = deque(anchors.read(file), maxlen=1) if file.exists() else None
    return render(
        request,
        "administration/watch.html",
        {
            "sealed": sealer.size(),
            "waiting": sealer.waiting(),
            "anchor": last[0] if last else None,
            "subscribers": subscriptions.status(),
            "messages_status": relay.status(now),
            "dead": Outgoing.objects.filter(state=State.DEAD).order_by("-id")[:SHOWN],
            "may_retry": permissions.may_administer(desk.by.role, "retry_messages"),
            "now": now,
        },
    )


@require_POST
@needs("retry_messages")
def retry(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Try messages again that were given up."""
    ids = [whole(id, digits=18) for id in request.POST.getlist("id")]
    messages.success(request, f"{relay.retry(ids, timezone.now())} 条重新发送。")
    return redirect("watch")
