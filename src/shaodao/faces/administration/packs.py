"""The county pack on screen: a draft from the version in force, its faults, its differences, proposal and approval."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from shaodao.centre.cases import permissions
from shaodao.centre.rehearsal import waiting
from shaodao.county.pack import PackError, versions
from shaodao.county.pack.diff import diff
from shaodao.county.pack.models import PackVersion
from shaodao.faces import words
from shaodao.faces.administration import rehearsals
from shaodao.faces.administration.guard import needs
from shaodao.faces.forms import Form
from shaodao.faces.work.capacity import Desk
from shaodao.faces.work.forms import LocalMoment

MOST_CHANGES = 500
EDITED_AS_TEXT = (".csv", ".toml")


class FileForm(Form):
    text = forms.CharField(
        label="内容",
        widget=forms.Textarea(attrs={"rows": 24, "spellcheck": "false", "wrap": "off"}),
        strip=False,
    )


class ProposeForm(Form):
    effective_from = LocalMoment(label="从什么时候起生效", required=False, help_text="不填：批准之时。")


@needs("read_packs")
def packs(request: HttpRequest, desk: Desk) -> HttpResponse:
    rows = PackVersion.objects.select_related("proposed_by", "approved_by").order_by("-created_at")
    current = versions.in_force().id
    return render(
        request,
        "administration/packs.html",
        {
            "rows": rows,
            "current": current,
            "may_draft": permissions.may_administer(desk.by.role, "draft_pack"),
        },
    )


@require_POST
@needs("draft_pack")
def draft(request: HttpRequest, desk: Desk) -> HttpResponse:
    """A new draft, equal to the version in force."""
    base = PackVersion.objects.get(pk=versions.in_force().id)
    made = versions.draft(
        versions.files_of(base), by=request.user, now=timezone.now(), based_on=base, note=request.POST.get("note", "")[:500]
    )  # fmt: skip
    return redirect("pack", made.pk)


@needs("read_packs")
def pack(request: HttpRequest, desk: Desk, id: UUID) -> HttpResponse:
    """One version: its files, its faults, and what it changes."""
    version = get_object_or_404(PackVersion.objects.select_related("based_on"), pk=id)
    files = versions.files_of(version)
    faults = versions.check_version(version) if version.state == PackVersion.State.DRAFT else []
    base = version.based_on
    changes = diff(versions.files_of(base), files) if base and not faults else []
    role = desk.by.role
    state = PackVersion.State
    return render(
        request,
        "administration/pack.html",
        {
            "version": version,
            "files": [name for name in sorted(files) if name.endswith(EDITED_AS_TEXT)],
            "faults": faults,
            "changes": changes[:MOST_CHANGES],
            "more": max(0, len(changes) - MOST_CHANGES),
            "form": ProposeForm(),
            "days_form": rehearsals.form_now(),
            "rehearsals": waiting.of(version),
            "may_rehearse": not faults and permissions.may_administer(role, "rehearse_pack"),
            "may_edit": version.state == state.DRAFT and permissions.may_administer(role, "draft_pack"),
            "may_approve": version.state == state.PROPOSED
            and permissions.may_administer(role, "approve_pack")
            and version.proposed_by_id != request.user.pk,
        },
    )


@needs("draft_pack")
def file(request: HttpRequest, desk: Desk, id: UUID, name: str) -> HttpResponse:
    """Edit one file of a draft as text."""
    version = get_object_or_404(PackVersion, pk=id, state=PackVersion.State.DRAFT)
    files = versions.files_of(version)
    if name not in files or not name.endswith(EDITED_AS_TEXT):
        raise Http404
    form = FileForm(request.POST or None, initial={"text": files[name].decode("utf-8-sig")})
    if request.method == "POST" and form.is_valid():
        text = form.cleaned_data["text"].replace("\r\n", "\n")
        versions.change(version, {name: text.encode()}, by=request.user, now=timezone.now())
        messages.success(request, f"{name} 已存入草稿。")
        return redirect("pack", version.pk)
    return render(request, "administration/file.html", {"version": version, "name": name, "form": form})


@require_POST
@needs("draft_pack")
def propose(request: HttpRequest, desk: Desk, id: UUID) -> HttpResponse:
    version = get_object_or_404(PackVersion, pk=id)
    form = ProposeForm(request.POST)
    if not form.is_valid():
        messages.error(request, "生效时间填得不对。")
        return redirect("pack", id)
    now = timezone.now()
    begin = form.fields["effective_from"].to_python(request.POST.get("effective_from") or None) or now
    return _step(
        request,
        id,
        lambda: versions.propose(version, effective_from=max(begin, now), by=request.user, now=now),
        "已提请批准。",
    )


@require_POST
@needs("approve_pack")
def approve(request: HttpRequest, desk: Desk, id: UUID) -> HttpResponse:
    version = get_object_or_404(PackVersion, pk=id)
    return _step(
        request,
        id,
        lambda: versions.approve(version, by=request.user, now=timezone.now()),
        "已批准，按生效时间启用。",
    )


@require_POST
@needs("draft_pack")
def retire(request: HttpRequest, desk: Desk, id: UUID) -> HttpResponse:
    version = get_object_or_404(PackVersion, pk=id)
    return _step(
        request, id, lambda: versions.retire(version, by=request.user, now=timezone.now()), "已作废。"
    )


def _step(request: HttpRequest, id: UUID, take: Any, done: str) -> HttpResponse:
    try:
        take()
    except versions.VersionRefused as refused:
        messages.error(request, words.word("pack_refusal", refused.code))
    except PackError as error:
        messages.error(request, f"还有 {len(error.faults)} 处问题，不能提请批准。")
    else:
        messages.success(request, done)
    return redirect("pack", id)
