"""How the installation runs: the ledger's log, subscribers, messages that could not be delivered."""

from __future__ import annotations

from collections import deque

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from shaodao.faces.administration.guard import needs
from shaodao.faces.work.capacity import Desk
from shaodao.ground.ledger import anchors, keeping, sealer, subscriptions
from shaodao.ground.messages import relay


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
            "now": now,
        },
    )
