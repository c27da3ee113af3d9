"""提醒方式: how one is reached outside the application. Everybody sets their own, nobody another's."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from shaodao.county.people import contacts
from shaodao.faces import words
from shaodao.faces.forms import Form
from shaodao.faces.work.capacity import Desk, page
from shaodao.ports.delivery import channels
from shaodao.ports.delivery.configuration import PERSONAL, ConfigurationFault

LABELS = {"phone": "手机号（短信）", "mail": "邮箱", "wecom": "企业微信账号"}
WRONG = {
    "phone": "不是手机号。",
    "mail": "不是邮箱地址。",
    "wecom": "企业微信账号由字母、数字、点、横线组成。",
}


@page
def reminders(request: HttpRequest, desk: Desk) -> HttpResponse:
    user = desk.capacity.user_id
    known = {way.kind: way for way in contacts.ways([desk.capacity.actor]).get(desk.capacity.actor, ())}
    initial: dict[str, Any] = {}
    for kind, way in known.items():
        initial |= {kind: way.address, f"{kind}_when": way.when}
    sent = request.method == "POST"
    form = RemindersForm(request.POST if sent else None, initial=initial)
    if sent and form.is_valid():
        said = form.cleaned_data
        for kind in contacts.KINDS:
            if (said[kind], said[f"{kind}_when"]) != (initial.get(kind, ""), initial.get(f"{kind}_when", "")):
                contacts.choose(user, kind, said[kind], said[f"{kind}_when"], timezone.now())
        messages.success(request, "提醒方式已保存。")
        return redirect("staff:reminders")
    context = {
        "rows": [(form[kind], form[f"{kind}_when"], kind in _possible()) for kind in contacts.KINDS],
        "form": form,
        "quiet": desk.pack.settings.pressing.quiet,
        "digest": desk.pack.settings.pressing.digest,
    }
    return render(request, "work/reminders.html", context, status=422 if sent else 200)


class RemindersForm(Form):
    """For each kind its address and when it is used."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(code, words.word("remind_when", code)) for code in contacts.WHEN]
        for kind in contacts.KINDS:
            self.fields[kind] = forms.CharField(label=LABELS[kind], required=False, max_length=120)
            self.fields[f"{kind}_when"] = forms.ChoiceField(
                label="什么时候用", choices=choices, initial="always"
            )

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        for kind in contacts.KINDS:
            if not (text := said.get(kind, "")):
                continue
            try:
                said[kind] = contacts.normal(kind, text)
            except contacts.NotAnAddress:
                self.add_error(kind, WRONG[kind])
        return said


def _possible() -> set[str]:
    """The kinds for which this installation has a way out."""
    try:
        return {PERSONAL[name] for name in channels.current().channels if name in PERSONAL}
    except ConfigurationFault:
        return set()
