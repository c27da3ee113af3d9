"""Forms of commands. A command's form is made from the command's own fields, so that a new command needs no new form;
what a field is called and how it looks stands in `LABELS` and `_field`.
"""

from __future__ import annotations

import types
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal, Union, get_args, get_origin
from zoneinfo import ZoneInfo

from django import forms

from shaodao.centre.cases import compose
from shaodao.centre.cases.lifecycle import Case
from shaodao.centre.cases.lifecycle import commands as c
from shaodao.centre.cases.lifecycle.model import DutyPlan, Kept, Place, Plan, UnitRating
from shaodao.county.pack.model import Pack
from shaodao.county.units import Kind
from shaodao.faces import words
from shaodao.faces.forms import Form

LOCAL = ZoneInfo("Asia/Shanghai")
ELSEWHERE = ("duty", "request", "council", "distance")  # in the address, or worked out from the position
# Whom a duty may be given to by hand.
OWNERS = (Kind.DEPARTMENT, Kind.UTILITY, Kind.STREET, Kind.TOWNSHIP, Kind.ZONE, Kind.COMMUNITY, Kind.VILLAGE)

LABELS: dict[str, str] = {
    "words": "情况说明",
    "basis": "依据",
    "minutes": "会议纪要",
    "lead": "主办单位",
    "assists": "协办单位",
    "to": "交给",
    "units": "单位",
    "unit": "单位",
    "tasks": "承办单位",
    "item": "事项",
    "situation": "情形",
    "nature": "诉求性质",
    "reason": "原因",
    "until": "到什么时候",
    "meet_at": "集合时间",
    "persons": "到场人数",
    "mode": "报到方式",
    "came": "到了吗",
    "passed": "核查结果",
    "approve": "是否同意",
    "reached": "接通了吗",
    "solved": "解决了吗",
    "way": "办结方式",
    "section": "科室或站所",
    "handler": "经办人",
    "mine": "是否本单位职责",
    "source": "答复来源",
    "receipt": "回执编号",
    "scope": "判例适用范围",
    "precedent": "作为判例",
    "into": "并入哪一件（编号）",
    "person": "姓名",
    "leader": "牵头县领导",
    "photos": "照片",
}
YES_NO: dict[str, tuple[str, str]] = {
    "came": ("到了", "没到"),
    "passed": ("通过", "不通过，退回重办"),
    "approve": ("同意", "不同意"),
    "reached": ("接通了", "没接通"),
    "mine": ("是我单位职责", "不是我单位职责"),
}
CHOICES: dict[tuple[str, str], str] = {
    ("claim_finished", "way"): "way",
    ("ask_return", "reason"): "return_reason",
    ("reopen", "reason"): "reopen_reason",
    ("report_in", "mode"): "report_in",
}
REASONS: dict[str, tuple[tuple[str, str], ...]] = {
    "propose_decline": (
        ("beyond_duty", "不属本县职责"),
        ("in_court", "已进入诉讼、仲裁、复议程序"),
        ("unlawful", "诉求违法违规"),
        ("untrue", "查无此事"),
        ("malicious", "恶意重复反映"),
    ),
    "propose_exclusion": (
        ("beyond_duty", "超出职责"),
        ("in_court", "诉讼、复议中"),
        ("unlawful", "诉求违法"),
        ("untrue", "不属实"),
        ("malicious", "恶意重复"),
        ("unreachable", "多次联系不上"),
    ),
    "ask_extension": (
        ("weather", "天气影响"),
        ("materials", "材料设备未到"),
        ("consent", "需相关方同意"),
        ("complex", "情况复杂"),
    ),
    "ask_shelving": (
        ("season", "季节性施工，开春办理"),
        ("funds", "资金未落实"),
        ("plan", "已列入改造计划"),
        ("history", "历史遗留"),
    ),
    "propose_wrongful": (
        ("own_work", "应由本单位自行办理"),
        ("quota", "凑数吹哨"),
        ("untrue", "情况不属实"),
        ("no_facts", "事实不清"),
    ),
    "reveal_identity": (("contact", "需要联系反映人"), ("visit", "需要入户"), ("evidence", "需要补充证据")),
    "escalate_tier": (
        ("beyond_power", "超出本级职权"),
        ("several_units", "涉及多个单位"),
        ("urgent", "急难险重"),
    ),
    "redispatch": (("wrong_unit", "派错单位"), ("handover", "职责移交"), ("avoid", "回避")),
    "call_assist": (("site", "需要到场配合"), ("power", "需要对方职权"), ("technical", "需要技术支持")),
}
SCOPES = (
    ("county", "全县同类事项"),
    ("township", "本街道、乡镇同类事项"),
    ("community", "本社区（村）同类事项"),
    ("kind", "同类地点的同类事项"),
)


class CommandForm(Form):
    """The form of one command on one case; `said()` is what `actions.act` takes."""

    def __init__(
        self,
        cls: type[c.Command],
        case: Case,
        pack: Pack,
        unit: str,
        people: Iterable[tuple[str, str]],
        *args: Any,
        **kwargs: Any,
    ) -> None:
        self._case, self._pack, self._unit, self._people = case, pack, unit, tuple(people)
        self._command = c.name_of(cls)
        made: dict[str, forms.Field] = {}
        for name, (kind, required) in compose.kinds_of(cls).items():
            if name not in ELSEWHERE:
                made |= self._fields(name, kind, required)
        self.base_fields = made
        super().__init__(*args, **kwargs)

    @property
    def rates(self) -> bool:
        """Whether satisfaction per unit is asked for; its controls are not form fields."""
        return "levels" in self._extra

    def said(self) -> dict[str, Any]:
        """The cleaned fields that were filled in."""
        said = {name: value for name, value in self.cleaned_data.items() if value not in (None, "", [])}
        if "levels" in self._extra:
            said["levels"] = [
                {"duty": int(key.removeprefix("level-")), "level": int(value)}
                for key, value in self.data.items()
                if key.startswith("level-") and str(value).isdigit()
            ]
        if "tasks" in said:
            first, *others = said["tasks"]
            role = "assist" if self._case.lead and self._case.lead.active else "lead"
            said["tasks"] = [{"unit": first, "role": role}, *({"unit": u, "role": "assist"} for u in others)]
        return said

    # --- private ---

    @property
    def _extra(self) -> frozenset[str]:
        return frozenset({"levels"} & compose.kinds_of(c.COMMANDS[self._command]).keys())

    def _fields(self, name: str, kind: Any, required: bool) -> dict[str, forms.Field]:
        label = LABELS.get(name, name)
        if kind is Kept:
            area = forms.Textarea(attrs={"rows": 3})
            return {name: forms.CharField(label=label, required=required, max_length=2000, widget=area)}
        if kind is Plan or _optional(kind) is Plan:
            return self._plan_fields()
        if kind is DutyPlan or _optional(kind) is DutyPlan:
            return {name: self._unit_field(label, kind is DutyPlan)}
        if kind is Place or _optional(kind) is Place or name in {"photos", "leader"}:
            return {}
        if kind is bool:
            yes, no = YES_NO.get(name, ("是", "否"))
            return {
                name: forms.TypedChoiceField(
                    label=label,
                    choices=(("1", yes), ("0", no)),
                    coerce=lambda v: v == "1",
                    widget=forms.RadioSelect,
                )
            }
        if kind is datetime:
            return {name: LocalMoment(label=label, required=required)}
        if kind is int or _optional(kind) is int:
            return {
                name: forms.IntegerField(
                    label=label, required=required or name == "persons", min_value=0,
                    initial=1 if name == "persons" else None,
                    widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
                )
            }  # fmt: skip
        if get_origin(kind) is tuple:
            return self._many(name, label, get_args(kind)[0], required)
        return self._choice_or_text(name, label, kind, required)

    def _many(self, name: str, label: str, each: Any, required: bool) -> dict[str, forms.Field]:
        if each is UnitRating:
            return {}
        if each is DutyPlan or name == "units":
            choices = self._owners()
            return {
                name: forms.MultipleChoiceField(
                    label=label, choices=choices, required=required, widget=Several
                )
            }
        if name == "failing":
            return {}
        return {}

    def _choice_or_text(self, name: str, label: str, kind: Any, required: bool) -> dict[str, forms.Field]:
        said = CHOICES.get((self._command, name))
        inner = _optional(kind) or kind
        choices: tuple[tuple[str, str], ...] = ()
        if said:
            allowed = get_args(inner) if get_origin(inner) is Literal else words.WORDS[said]
            choices = tuple((code, words.word(said, code)) for code in allowed)
        elif name == "solved":
            choices = tuple((option.code, option.name) for option in words.SOLVED)
        elif name == "nature":
            choices = tuple(words.WORDS["nature"].items())
        elif name == "reason":
            choices = REASONS.get(self._command, ())
        elif name == "scope":
            choices = SCOPES
        elif name in ("item", "situation"):
            return {name: self._catalogue_field(name, label, required)}
        elif name in ("unit",):
            return {name: self._unit_field(label, required)}
        elif name == "section":
            parts = [
                (u.code, u.name)
                for u in self._pack.tree.below(self._head)
                if u.kind in (Kind.SECTION, Kind.STATION)
            ]
            if not parts:
                return {}
            return {name: forms.ChoiceField(label=label, required=False, choices=[("", "不指定"), *parts])}
        elif name == "handler":
            return {
                name: forms.ChoiceField(label=label, required=False, choices=[("", "不指定"), *self._people])
            }
        elif name == "precedent":
            return {
                name: forms.BooleanField(
                    label="以后同类事项照此派单（作为判例）",
                    required=False,
                    widget=forms.CheckboxInput(attrs={"value": "yes"}),
                )
            }
        if choices:
            radio = len(choices) <= 6
            shown = choices if radio or required else (("", "不指定"), *choices)
            return {
                name: forms.ChoiceField(
                    label=label,
                    choices=shown,
                    required=required,
                    widget=forms.RadioSelect if radio else forms.Select,
                )
            }
        return {name: forms.CharField(label=label, required=required, max_length=200)}

    @property
    def _head(self) -> str:
        return self._pack.tree.head_unit(self._unit).code

    def _plan_fields(self) -> dict[str, forms.Field]:
        return {
            "lead": self._unit_field("主办单位（不选则按手册派单）", False),
            "assists": forms.MultipleChoiceField(
                label="协办单位", choices=self._owners(), required=False, widget=Several
            ),
        }

    def _catalogue_field(self, name: str, label: str, required: bool) -> forms.Field:
        if name == "item":
            groups: dict[str, list[tuple[str, str]]] = {}
            for item in self._pack.items.values():
                groups.setdefault(item.group, []).append((item.code, f"{item.code} {item.name}"))
            return forms.ChoiceField(
                label=label,
                required=required,
                choices=[("", "不在手册中"), *groups.items()],
                initial=self._case.item,
            )
        rows = [
            (s.code, f"{self._pack.items[s.item].name}：{s.name}") for s in self._pack.situations.values()
        ]
        mine = [
            row
            for row, s in zip(rows, self._pack.situations.values(), strict=True)
            if s.item == self._case.item
        ]
        return forms.ChoiceField(
            label=label,
            required=False,
            choices=[("", "不分情形"), *(mine or rows)],
            initial=self._case.situation,
        )

    def _unit_field(self, label: str, required: bool) -> forms.Field:
        return forms.ChoiceField(label=label, choices=[("", "请选择"), *self._owners()], required=required)

    def _owners(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Units in force by kind: departments and enterprises first, then the place's own street and community."""
        near = {self._case.place.township, self._case.place.community}
        groups: dict[str, list[tuple[str, str]]] = {
            "部门": [],
            "公共服务企业": [],
            "街道、乡镇": [],
            "社区（村）": [],
        }
        names = {
            Kind.DEPARTMENT: "部门",
            Kind.UTILITY: "公共服务企业",
            Kind.STREET: "街道、乡镇",
            Kind.TOWNSHIP: "街道、乡镇",
            Kind.ZONE: "街道、乡镇",
            Kind.COMMUNITY: "社区（村）",
            Kind.VILLAGE: "社区（村）",
        }
        for unit in self._pack.units.values():
            if unit.kind in OWNERS and unit.valid_until is None:
                if names[unit.kind] == "社区（村）" and unit.code not in near:
                    continue
                groups[names[unit.kind]].append((unit.code, unit.short))
        return [(name, rows) for name, rows in groups.items() if rows]


class Several(forms.SelectMultiple):
    """A list of which several may be chosen; six lines high."""

    def __init__(self) -> None:
        super().__init__(attrs={"size": 6})


class LocalMoment(forms.DateTimeField):
    """A moment in the county's time, as browsers write it."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def clean(self, value: Any) -> Any:
        moment = super().clean(value)
        return moment.isoformat() if moment else moment


def _optional(kind: Any) -> Any:
    """What an optional kind is when it is there; None for any other kind."""
    if get_origin(kind) in (Union, types.UnionType):
        rest = [arg for arg in get_args(kind) if arg is not types.NoneType]
        return rest[0] if len(rest) == 1 else None
    return None
