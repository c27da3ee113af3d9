"""Forms of commands. A command's form is made from the command's own fields, so that a new command needs no new form;
what a field is called stands in `wording`, how it looks in `CommandForm`.
"""

from __future__ import annotations

import types
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Literal, Union, get_args, get_origin
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone

from shaodao.centre.cases import compose
from shaodao.centre.cases.lifecycle import Case
from shaodao.centre.cases.lifecycle import commands as c
from shaodao.centre.cases.lifecycle.model import DutyPlan, Kept, Place, Plan
from shaodao.county.catalogue import Season
from shaodao.county.pack.model import Pack
from shaodao.county.units import Kind
from shaodao.faces import words
from shaodao.faces.forms import Form, levels, villages
from shaodao.faces.work import wording

LOCAL = ZoneInfo("Asia/Shanghai")
ELSEWHERE = ("duty", "request", "council", "distance", "photos", "failing", "levels")  # not typed in
POINT = ("lon", "lat", "crs")
FEW = 6  # choices that are shown all at once

# Whom a duty may be given to by hand, by the heading they stand under.
OWNERS: dict[Kind, str] = {
    Kind.DEPARTMENT: "部门",
    Kind.UTILITY: "公共服务企业",
    Kind.STREET: "街道、乡镇",
    Kind.TOWNSHIP: "街道、乡镇",
    Kind.ZONE: "街道、乡镇",
    Kind.COMMUNITY: "社区（村）",
    Kind.VILLAGE: "社区（村）",
}

Groups = list[tuple[str, list[tuple[str, str]]]]
Fields = dict[str, forms.Field]


class CommandForm(Form):
    """The form of one command on one case and subject; `said()` is what `actions.act` takes."""

    def __init__(
        self,
        cls: type[c.Command],
        case: Case,
        pack: Pack,
        unit: str,
        people: Iterable[tuple[str, str]] = (),
        leaders: Iterable[tuple[str, str]] = (),
        subject: int = 0,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        self._case, self._pack, self._unit, self._subject = case, pack, unit, subject
        self._people, self._leaders = tuple(people), tuple(leaders)
        self._command = c.name_of(cls)
        self._kinds = compose.kinds_of(cls)
        made: Fields = {}
        for name, (kind, required) in self._kinds.items():
            if name not in ELSEWHERE and not self._pointless(name):
                needed = required or (self._command, name) in wording.NEEDED
                made |= self._fields(name, kind, needed)
        self.base_fields = made
        super().__init__(*args, **kwargs)
        self.order_fields(wording.ORDER_OF.get(self._command, wording.ORDER))

    @property
    def rates(self) -> bool:
        """Whether it is asked how satisfied somebody is with each unit."""
        return "levels" in self._kinds

    @property
    def answers(self) -> tuple[str, tuple[wording.Answer, wording.Answer]] | None:
        """The field and the two buttons of a command that is an answer."""
        return next(((name, wording.ANSWERS[name]) for name in self._kinds if name in wording.ANSWERS), None)

    @property
    def asks_place(self) -> bool:
        return "village" in self.fields

    def shown(self) -> list[forms.BoundField]:
        """The fields the page draws one under another; answers are buttons, `solved` belongs to the rating, the place
        has a part of the page to itself."""
        left_out = {"village"} | ({self.answers[0]} if self.answers else set())
        if self.rates:
            left_out.add("solved")
        return [field for field in self.visible_fields() if field.name not in left_out]

    def rows(self) -> list[tuple[forms.BoundField, str]]:
        """`shown`, each with the condition under which the script shows it ("" = always)."""
        return [(field, wording.WHEN.get((self._command, field.name), "")) for field in self.shown()]

    def said(self) -> dict[str, Any]:
        """The cleaned fields that were filled in."""
        said = {name: value for name, value in self.cleaned_data.items() if value not in (None, "", [])}
        if "precedent" in self._kinds:
            said["precedent"] = "" if said.get("scope") == compose.THIS_CASE else "yes"
        if self.rates:
            said["levels"] = levels(self.data)
        if "tasks" in self._kinds:
            lead, others = said.pop("lead", ""), said.pop("assists", [])
            tasks = [{"unit": lead, "role": "lead"}] if lead else []
            said["tasks"] = [*tasks, *({"unit": u, "role": "assist"} for u in others if u != lead)]
        if "role" in said:
            said["to"] = {"unit": said.get("to", ""), "role": said.pop("role")}
        if self.asks_place:
            self._place(said)
        return said

    # --- private ---

    def _pointless(self, name: str) -> bool:
        """Whom a duty goes to next is asked of the one who grants its return, and of nobody else."""
        if (self._command, name) != ("decide", "to"):
            return False
        request = self._case.request(self._subject)
        return request is None or request.kind != "return" or request.step + 1 < len(request.steps)

    def _place(self, said: dict[str, Any]) -> None:
        """Position or community into one place; a council meets where the case is unless another place is named."""
        point = {name: said.pop(name) for name in POINT if name in said}
        village = said.pop("village", "")
        if "lon" in point and "lat" in point:
            said["place"] = {"crs": "WGS-84", **point}
        elif village:
            said["place"] = {"grid": village}
        elif self._kinds["place"][1]:
            said["place"] = self._case.place

    def _fields(self, name: str, kind: Any, required: bool) -> Fields:
        """The form fields of one field of the command."""
        inner = _optional(kind) or kind
        label, help_text = self._label(name), self._help(name)
        if inner is Kept:
            area = forms.Textarea(attrs={"rows": 3})
            return {
                name: forms.CharField(
                    label=label, help_text=help_text, required=required, max_length=2000, widget=area
                )
            }
        if inner is Plan:
            return self._plan_fields()
        if inner is DutyPlan:
            return self._duty_fields(name, required)
        if inner is Place:
            return self._place_fields()
        if inner is bool:
            choices = tuple((answer.value, answer.label) for answer in wording.ANSWERS[name])
            radios = forms.RadioSelect
            return {
                name: forms.TypedChoiceField(
                    label=label, choices=choices, coerce=lambda v: v == "1", widget=radios
                )
            }
        if inner is datetime:
            initial = self._moment(name)
            return {name: LocalMoment(label=label, help_text=help_text, required=required, initial=initial)}
        if inner is int:
            box = forms.NumberInput(attrs={"inputmode": "numeric", "min": 1})
            return {
                name: forms.IntegerField(label=label, help_text=help_text, min_value=1, initial=1, widget=box)
            }
        if get_origin(inner) is tuple:
            return self._task_fields() if get_args(inner)[0] is DutyPlan else self._several(name, required)
        return self._choice_or_text(name, label, help_text, kind, required)

    def _moment(self, name: str) -> str | None:
        """What is offered first: a council meets soon; what waits for spring waits until the pack's season is over."""
        now = timezone.now().astimezone(LOCAL)
        if name == "meet_at":
            return (now + timedelta(minutes=30)).strftime(LocalMoment.FORMAT)
        season = self._season() if (self._command, name) == ("ask_shelving", "until") else None
        return f"{season.over_after(now.date())}T09:00" if season else None

    def _season(self) -> Season | None:
        """The months in which work of this item rests, if it is one of them."""
        item = self._pack.items.get(self._case.item)
        today = timezone.now().astimezone(LOCAL).date()
        return item.season_block if item and item.season_block and item.season_block.covers(today) else None

    def _label(self, name: str) -> str:
        return wording.LABELS_OF.get((self._command, name)) or wording.LABELS.get(name, name)

    def _help(self, name: str) -> str:
        return wording.HELP.get((self._command, name), "")

    def _choice_or_text(self, name: str, label: str, help_text: str, kind: Any, required: bool) -> Fields:
        special = {
            "item": self._item_field,
            "situation": self._situation_field,
            "unit": lambda: self._unit_field(name, required),
            "section": self._section_field,
            "handler": lambda: _choose(label, self._people) if self._people else None,
            "leader": lambda: _choose(label, self._leaders, required=True),
            "precedent": lambda: None,  # follows from the scope
        }.get(name)
        if special is not None:
            field = special()
            return {} if field is None else {name: field}
        choices = self._choices(name, kind)
        if not choices:
            return {
                name: forms.CharField(label=label, help_text=help_text, required=required, max_length=200)
            }
        few = len(choices) <= FEW
        initial = choices[0][0] if name in ("mode", "scope", "way") else None
        if (self._command, name) == ("ask_shelving", "reason") and self._season():
            initial = "season"
        return {
            name: forms.ChoiceField(
                label=label,
                help_text=help_text,
                choices=choices if few or required else (("", "不指定"), *choices),
                required=required,
                initial=initial,
                widget=forms.RadioSelect if few else forms.Select,
            )
        }

    def _choices(self, name: str, kind: Any) -> tuple[tuple[str, str], ...]:
        inner = _optional(kind) or kind
        if worded := wording.CHOICES.get((self._command, name)):
            allowed = get_args(inner) if get_origin(inner) is Literal else tuple(words.WORDS[worded])
            if name == "mode":
                duty = self._case.duty(self._subject)
                allowed = ("call", "site") if duty and duty.report_in == "call" else ("site",)
            return tuple((code, words.word(worded, code)) for code in allowed)
        return {
            "solved": tuple((option.code, option.name) for option in words.SOLVED),
            "nature": tuple(words.WORDS["nature"].items()),
            "reason": wording.REASONS.get(self._command, ()),
            "scope": self._scopes(),
        }.get(name, ())

    def _scopes(self) -> tuple[tuple[str, str], ...]:
        """As far as the case has a place for it."""
        place = self._case.place
        held = {"community": place.community, "township": place.township, "kind": place.kind}
        return tuple((code, name) for code, name in wording.SCOPES if held.get(code, code))

    # Units

    def _plan_fields(self) -> Fields:
        return {
            "lead": self._unit_field("lead", False),
            "assists": self._several("assists", False)["assists"],
        }

    def _task_fields(self) -> Fields:
        """Tasks of a council or a coordination: who leads, who helps; those at the table stand first."""
        return self._plan_fields()

    def _duty_fields(self, name: str, required: bool) -> Fields:
        made: Fields = {name: self._unit_field(name, required)}
        if self._command == "call_assist":
            roles = [(code, words.word("duty_role", code)) for code in ("assist", "local")]
            made["role"] = forms.ChoiceField(
                label="作为", choices=roles, initial="assist", widget=forms.RadioSelect
            )
        return made

    def _unit_field(self, name: str, required: bool) -> forms.Field:
        return forms.ChoiceField(
            label=self._label(name),
            help_text=self._help(name),
            choices=[("", "请选择"), *self._owners()],
            required=required,
        )

    def _several(self, name: str, required: bool) -> Fields:
        return {
            name: forms.MultipleChoiceField(
                label=self._label(name),
                help_text=self._help(name),
                choices=self._owners(),
                required=required,
                widget=Several,
            )
        }

    def _owners(self) -> Groups:
        """Units in force by kind; whoever sits at the table of this council, and the place's own community, first."""
        near = {self._case.place.township, self._case.place.community}
        council = self._case.council(self._subject) if self._command == "conclude_council" else None
        at_table = council.units if council else ()
        groups: dict[str, list[tuple[str, str]]] = {"本次召集的单位": [], "当地": []}
        for unit in self._pack.units.values():
            heading = OWNERS.get(unit.kind)
            if heading is None or unit.valid_until is not None:
                continue
            if unit.code in at_table:
                heading = "本次召集的单位"
            elif unit.code in near:
                heading = "当地"
            elif unit.kind in (Kind.COMMUNITY, Kind.VILLAGE):
                continue
            groups.setdefault(heading, []).append((unit.code, unit.short))
        return [(name, rows) for name, rows in groups.items() if rows]

    def _section_field(self) -> forms.Field | None:
        head = self._pack.tree.head_unit(self._unit).code
        parts = [
            (u.code, u.name) for u in self._pack.tree.below(head) if u.kind in (Kind.SECTION, Kind.STATION)
        ]
        return _choose(self._label("section"), parts) if parts else None

    # Catalogue and place

    def _item_field(self) -> forms.Field:
        groups: dict[str, list[tuple[str, str]]] = {}
        for item in self._pack.items_on(self._pack.day(timezone.now())).values():
            groups.setdefault(item.group, []).append((item.code, f"{item.name}（{item.code}）"))
        none = "不在手册中" if not self._case.item else "保持原事项"
        return forms.ChoiceField(
            label=self._label("item"),
            required=False,
            choices=[("", none), *groups.items()],
            initial=self._case.item,
        )

    def _situation_field(self) -> forms.Field:
        """Sub-cases by item; the script shows those of the item chosen."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for situation in self._pack.situations.values():
            item = self._pack.items[situation.item]
            groups.setdefault(f"{item.name}（{item.code}）", []).append((situation.code, situation.name))
        return forms.ChoiceField(
            label=self._label("situation"),
            required=False,
            choices=[("", "不分情形"), *groups.items()],
            initial=self._case.situation,
            widget=forms.Select(attrs={"data-follows": "item"}),
        )

    def _place_fields(self) -> Fields:
        place = self._case.place
        hidden = {name: forms.CharField(required=False, widget=forms.HiddenInput) for name in POINT}
        unknown = "和哨件在同一处" if place.known else "还不知道"
        village = forms.ChoiceField(
            label=wording.LABELS["village"],
            help_text="" if place.known else wording.HELP["village", "village"],
            required=False,
            choices=[("", unknown), *villages(self._pack)],
        )
        return {**hidden, "village": village}


class Several(forms.CheckboxSelectMultiple):
    """Several of many, under headings, in a box of its own that scrolls; a field above narrows it while typing."""

    template_name = "shaodao/parts/several.html"
    boxed = True


class LocalMoment(forms.DateTimeField):
    """A moment in the county's time, as browsers write it."""

    FORMAT = "%Y-%m-%dT%H:%M"
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=FORMAT)

    def clean(self, value: Any) -> Any:
        moment = super().clean(value)
        return moment.isoformat() if moment else moment


def _choose(label: str, choices: Iterable[tuple[str, str]], required: bool = False) -> forms.Field:
    return forms.ChoiceField(
        label=label, required=required, choices=[("", "请选择" if required else "不指定"), *choices]
    )


def _optional(kind: Any) -> Any:
    """What an optional kind is when it is there; None for any other kind."""
    if get_origin(kind) in (Union, types.UnionType):
        rest = [arg for arg in get_args(kind) if arg is not types.NoneType]
        return rest[0] if len(rest) == 1 else None
    return None
