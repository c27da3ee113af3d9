"""Whistling in a capacity: grid chiefs, streets, deputies; and the centre registering calls, visits and transfers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from shaodao.centre.cases import permissions, queries
from shaodao.centre.cases.actions import now
from shaodao.centre.cases.lifecycle import Refusal
from shaodao.centre.cases.queries import Filters
from shaodao.centre.dispatch import words as reading
from shaodao.centre.intake import filing, gate
from shaodao.centre.intake.filing import Filed, Whistle
from shaodao.centre.intake.gate import Caller
from shaodao.county.pack.model import Pack
from shaodao.county.people import persons, phones
from shaodao.faces import pictures, sending, words
from shaodao.faces.resident.forms import WhistleForm
from shaodao.faces.work import on_the_spot, presenting
from shaodao.faces.work.capacity import Desk, page
from shaodao.faces.work.forms import LocalMoment
from shaodao.faces.work.lists import line
from shaodao.ground.files.refusals import Refusal as FileRefusal

# Ways by which the centre takes something in for others; those with a foreign number come from another system.
DESK_CHANNELS = ("desk_phone", "desk_walk_in", "12345", "110", "city", "rural", "video")
FOREIGN = ("12345", "110", "city", "rural")


class StaffWhistleForm(WhistleForm):
    """The whistle form as staff see it: for whom, and where it came from."""

    whose = forms.ChoiceField(
        label="谁的问题",
        widget=forms.RadioSelect,
        choices=(("found", "我发现的"), ("other", "替别人反映（代报）")),
        initial="found",
    )
    deals = forms.ChoiceField(
        label="谁来办",
        widget=forms.RadioSelect,
        choices=(("call", "吹哨，请部门来办"), ("own", "我们自己办"), ("done", "已经当场办好")),
        initial="call",
        help_text="社区（村）能办的小事，可以自己办结，一样留记录、一样核查。当场办好的，照片拍办好以后的样子。",
    )
    channel = forms.ChoiceField(label="来源", choices=[])
    external_id = forms.CharField(label="对方编号", required=False, max_length=64)
    external_due = LocalMoment(label="对方要求办结时间", required=False)
    nature = forms.ChoiceField(
        label="诉求性质", required=False, choices=[("", "按文字判断"), *words.WORDS["nature"].items()]
    )

    def __init__(self, pack: Pack, role: str, unit: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(pack, *args, **kwargs)
        village, own = self.fields["village"], pack.places.get(unit)
        if role in permissions.FIRST_TIER_HANDS and own and isinstance(village, forms.ChoiceField):
            village.choices = [(own.code, f"本辖区：{own.name}"), *village.choices]
            village.initial = own.code
        self.at_desk = role in permissions.CENTRE_DESK | {"stationed"}
        self.fields["phone"].label = "诉求人电话"
        self.fields["name"].label = "怎么称呼诉求人"
        self.fields["phone"].help_text = "诉求人的电话，用来回访；承办单位看不到完整号码。"
        self.fields["item"] = forms.ChoiceField(label="事项", required=False, choices=_items(pack))
        if self.at_desk:
            self.fields["channel"].choices = [(code, words.word("channel", code)) for code in DESK_CHANNELS]
            del self.fields["whose"]
        else:
            for name in ("channel", "external_id", "external_due", "nature"):
                del self.fields[name]
        if role not in permissions.FIRST_TIER_HANDS:
            del self.fields["deals"]
        if role == "deputy":
            del self.fields["whose"]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if said.get("whose") == "other" and not said.get("phone") and not said.get("name"):
            self.add_error("phone", "代报要留诉求人的电话或称呼，由他本人评价。")
        if said.get("channel") in FOREIGN and not said.get("external_id"):
            self.add_error("external_id", "转来的件要登记对方编号，办结后据此反馈。")
        return said


def _items(pack: Pack) -> list[Any]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for item in pack.items_on(pack.day(timezone.now())).values():
        groups.setdefault(item.group, []).append((item.code, f"{item.code} {item.name}"))
    return [("", "按文字判断"), *groups.items()]


@page
def whistle(request: HttpRequest, desk: Desk) -> HttpResponse:
    if permissions.whistler_kind(desk.by) is None:
        return render(request, "403.html", {"refusal": words.refusal("not_allowed")}, status=403)
    form = StaffWhistleForm(
        desk.pack,
        desk.by.role,
        desk.by.unit,
        request.POST or None,
        request.FILES or None,
        initial=_first(request),
    )
    danger = None
    if request.method == "POST" and form.is_valid():
        danger = None if form.cleaned_data["danger_seen"] else reading.life_danger(form.cleaned_data["text"])
        if danger and sending.wanted(request):
            return sending.danger(request, danger)
        if danger is None and (answer := _file(request, desk, form)):
            return answer
    if sending.wanted(request):
        return sending.refused(form)
    status = 422 if form.errors else 200
    context = {
        "form": form,
        "danger": danger,
        "danger_calls": words.danger_calls(danger.number) if danger else (),
        "at_desk": form.at_desk,
        "who": sending.who(request),
        "earlier": _earlier(request, desk),
        "now": timezone.now(),
    }
    return render(request, "work/whistle.html", context, status=status)


def _first(request: HttpRequest) -> dict[str, str]:
    """What an address may fill in: the caller, and how a round is begun."""
    first = {"phone": request.GET.get("phone", ""), "channel": "desk_phone"}
    return first | {name: request.GET[name] for name in ("deals", "whose") if name in request.GET}


def _earlier(request: HttpRequest, desk: Desk) -> list[dict[str, Any]] | None:
    """The caller's earlier cases, for the centre's desk; None where no number was given."""
    phone = request.GET.get("phone", "").strip()
    if not phone or desk.by.role not in permissions.CENTRE_DESK:
        return None
    try:
        known = persons.find(phone)
    except phones.NotAPhone:
        return []
    if known is None:
        return []
    found = queries.cases(desk.by, Filters(phone_person=f"person:{known}"), desk.pack, size=10)
    return [line(listed, desk) for listed in found.lines]


def _file(request: HttpRequest, desk: Desk, form: StaffWhistleForm) -> HttpResponse | None:
    said = form.cleaned_data
    other = form.at_desk or said.get("whose") == "other"
    channel = said.get("channel") or (
        "deputy" if desk.by.role == "deputy" else "grid" if _from_grid(desk) else "street"
    )
    video = channel == "video"
    person = {"name": said["name"], "phone": said["phone"]}
    token = desk.by.actor
    try:
        photos = pictures.taken(request, token)
        with transaction.atomic():  # filed and finished, or neither
            filed = filing.file(
                Whistle(
                    text=form.whole_text(),
                    place=form.place(),
                    mark=said["mark"],
                    item=said["item"],
                    nature=said.get("nature") or None,
                    on_behalf_of=person if other and not video else None,
                    anonymous=form.at_desk and not said["phone"] and not video,
                    channel=channel,
                    system=channel if channel in FOREIGN else "",
                    external_id=said.get("external_id", ""),
                    external_due=said.get("external_due") or None,
                    occurred_at=form.occurred_at(),
                    photos=photos,
                    upload_token=token,
                    own=said.get("deals") in ("own", "done"),
                    staff_found=video or (not other and desk.by.role != "deputy"),
                ),
                Caller(client=desk.by.actor, key=said["key"], trusted=True),
                by=desk.by,
                request_id=getattr(request, "id", ""),
                at=now(),
            )
            if said.get("deals") == "done" and not filed.again:
                _done(request, desk, form, filed, photos)
    except gate.KeyReused:
        form.add_error(None, sending.refusal("same_key"))
        return None
    except (Refusal, FileRefusal) as refusal:
        form.add_error(None, sending.refusal(refusal.code, **refusal.params))
        return None
    seen = permissions.may_see(desk.by, filed.case, desk.pack)
    page = reverse("staff:case", args=[filed.case.number]) if seen else reverse("staff:whistle")
    url = f"{page}?filed=1"  # the draft that the browser kept is done with
    return sending.filed(filed, url, desk.pack, said["text"]) if sending.wanted(request) else redirect(url)


def _done(request: HttpRequest, desk: Desk, form: StaffWhistleForm, filed: Filed, photos: list[str]) -> None:
    """随手办: filed and finished with one form, where the matter is one's own to finish. Otherwise it is filed, and whose it
    is has got it."""
    opened = queries.open_case(filed.case.number, desk.by, desk.pack)
    duty = on_the_spot.duty_of(opened)
    said = form.cleaned_data
    if not duty:
        unit = presenting.short(filed.case.lead.unit, desk.pack) if filed.case.lead else ""
        told = f"这件事归{unit}办，已经派单。" if unit else "这件事要由中心派单，已经转给中心。"
        messages.info(request, told)
        return
    position = {name: said[name] or "" for name in ("lon", "lat", "crs")}
    on_the_spot.finish_now(
        request, desk, opened, duty, {**position, "persons": 1, "words": said["text"].strip()}, photos
    )
    messages.success(request, "当场办结，等待核查。")


def _from_grid(desk: Desk) -> bool:
    return desk.by.role in permissions.FIRST_TIER_HANDS
