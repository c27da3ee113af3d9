"""Accounts and posts: who acts in which capacity. Every grant and revocation is an event."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from shaodao.centre.cases import permissions
from shaodao.county.pack.model import Pack
from shaodao.county.people import grants
from shaodao.county.people.models import Post, User
from shaodao.faces import words
from shaodao.faces.accounts import invitation, second_factor
from shaodao.faces.administration.guard import needs
from shaodao.faces.forms import Form
from shaodao.faces.work.capacity import Desk
from shaodao.ground.ledger import store
from shaodao.ground.ledger.events import Context, Draft, Stream

SHOWN = 50


class AccountForm(Form):
    username = forms.SlugField(label="账号", max_length=64, help_text="拼音、字母或数字，不能与别人相同。")
    name = forms.CharField(label="姓名", max_length=40)

    def clean_username(self) -> str:
        username: str = self.cleaned_data["username"]
        if User.objects.filter(username=username).exists():
            raise forms.ValidationError("这个账号已经有人用了。请换一个。")
        return username


class GrantForm(Form):
    role = forms.ChoiceField(label="身份")
    unit = forms.ChoiceField(label="单位")
    grid = forms.ChoiceField(label="网格（网格长要选）", required=False)
    until = forms.DateField(
        label="代岗到哪天",
        required=False,
        help_text="出差、休假时由别人代岗：到这一天结束自动收回。长期任职的不填。",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, pack: Pack, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        roles = [(r.code, r.name) for r in pack.roles.values() if r.code not in grants.WITHOUT_POST]
        units = [
            (u.code, f"{u.name}（{u.code}）")
            for u in pack.units.values()
            if u.in_force(pack.day(timezone.now()))
        ]
        grids = [
            (g.code, f"{pack.places[g.parent].name} {g.name}" if g.parent else g.name)
            for g in pack.places.grids
        ]
        for name, choices in (("role", roles), ("unit", units), ("grid", grids)):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", "请选择"), *choices]


@needs("read_posts")
def people(request: HttpRequest, desk: Desk) -> HttpResponse:
    q = request.GET.get("q", "").strip()
    rows = User.objects.order_by("username").prefetch_related("posts")
    if q:
        rows = rows.filter(Q(username__icontains=q) | Q(name__icontains=q) | Q(posts__unit=q)).distinct()
    shown = Paginator(rows, SHOWN).get_page(request.GET.get("page"))
    now = timezone.now()
    lines = [
        (user, [_name(p, desk.pack) for p in user.posts.all() if p.until is None or p.until > now])
        for user in shown
    ]
    may = permissions.may_administer(desk.by.role, "grant_posts")
    return render(request, "administration/people.html", {"lines": lines, "page": shown, "q": q, "may": may})


@needs("grant_posts")
def new(request: HttpRequest, desk: Desk) -> HttpResponse:
    form = AccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = User.objects.create_user(form.cleaned_data["username"], form.cleaned_data["name"])
        return redirect("person", user.pk)
    return render(request, "administration/new.html", {"form": form}, status=422 if form.errors else 200)


@needs("read_posts")
def person(request: HttpRequest, desk: Desk, id: int) -> HttpResponse:
    return _person(request, desk, get_object_or_404(User, pk=id))


def _person(request: HttpRequest, desk: Desk, user: User, form: Any = None, link: str = "") -> HttpResponse:
    posts = [(p, _name(p, desk.pack)) for p in user.posts.order_by("-since")]
    context = {
        "user_shown": user,
        "posts": posts,
        "form": form or GrantForm(desk.pack),
        "factor": second_factor.has_one(user),
        "link": link,
        "may": permissions.may_administer(desk.by.role, "grant_posts") and user.pk != request.user.pk,
        "now": timezone.now(),
    }
    return render(request, "administration/person.html", context, status=422 if form is not None else 200)


@require_POST
@needs("grant_posts")
def grant(request: HttpRequest, desk: Desk, id: int) -> HttpResponse:
    user = get_object_or_404(User, pk=id)
    form = GrantForm(desk.pack, request.POST)
    if form.is_valid():
        said = form.cleaned_data
        try:
            grants.grant(
                user,
                said["role"],
                said["unit"],
                pack=desk.pack,
                by=_context(request, desk),
                now=timezone.now(),
                grid=said["grid"],
                until=_end_of(said["until"]) if said["until"] else None,
            )
        except grants.GrantRefused as refused:
            form.add_error(None, words.word("grant_refusal", refused.code))
        else:
            messages.success(request, "已授予身份。")
            return redirect("person", id)
    return _person(request, desk, user, form)


@require_POST
@needs("grant_posts")
def revoke(request: HttpRequest, desk: Desk, id: int, post: int) -> HttpResponse:
    found = get_object_or_404(Post, pk=post, user_id=id)
    try:
        grants.revoke(found, by=_context(request, desk), now=timezone.now())
    except grants.GrantRefused as refused:
        messages.error(request, words.word("grant_refusal", refused.code))
    else:
        messages.success(request, "已收回身份。")
    return redirect("person", id)


@require_POST
@needs("grant_posts")
def invite(request: HttpRequest, desk: Desk, id: int) -> HttpResponse:
    """A link, good once, by which the person chooses a password; shown in this answer only. It also ends a lockout."""
    user = get_object_or_404(User, pk=id)
    _record(request, desk, user, "Invited")
    invitation.unlock(request, user)
    return _person(request, desk, user, link=request.build_absolute_uri(invitation.path(user)))


@require_POST
@needs("grant_posts")
def forget_factor(request: HttpRequest, desk: Desk, id: int) -> HttpResponse:
    """A lost second factor: the person sets up a new one at the next sign-in."""
    user = get_object_or_404(User, pk=id)
    if user.pk != request.user.pk:
        _record(request, desk, user, "FactorForgotten")
        Authenticator.objects.filter(user_id=user.pk).delete()
        messages.success(request, "已清除两步验证，本人下次登录时重新设置。")
    return redirect("person", id)


@transaction.atomic
def _record(request: HttpRequest, desk: Desk, user: User, type: str) -> None:
    """Whoever can do both could become anybody: each leaves an event on the stream of the account."""
    stream, now = Stream("account", str(user.pk)), timezone.now().replace(microsecond=0)
    store.append([(stream, [Draft(type, {}, now)])], _context(request, desk), now, store.lock(stream))


def _end_of(day: date) -> datetime:
    """The end of a day in the county's time."""
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time()))


def _context(request: HttpRequest, desk: Desk) -> Context:
    return Context(
        actor=desk.by.actor, capacity=f"{desk.by.role}@{desk.by.unit}", request_id=getattr(request, "id", "")
    )


def _name(post: Post, pack: Pack) -> str:
    return pack.capacity_name(post.role, post.unit, post.grid)
