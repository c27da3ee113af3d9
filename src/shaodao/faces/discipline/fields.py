"""What is asked when a matter is opened or moved, and under which headings it is shown again: one table for both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms

from shaodao.centre.cases import permissions
from shaodao.centre.discipline import actions, scope
from shaodao.centre.discipline.matter import KINDS
from shaodao.county.pack.model import Pack
from shaodao.faces.discipline.guard import Seat
from shaodao.faces.forms import Form

LIMITS = (3, 5, 10, 15, 22, 30)


@dataclass(frozen=True, slots=True)
class Field:
    """`rows` 0: one line. `lines`: each line is a point of its own."""

    name: str
    label: str
    help: str = ""
    rows: int = 3
    must: bool = True
    lines: bool = False
    choices: tuple[tuple[str, str], ...] = ()


TITLE = Field("title", "标题", "一句话说清什么事。不写反映人，不写案情。", 0)
UNIT = Field("unit", "涉及单位", "", 0, False)
CASES = Field("cases", "涉及哨件", "编号，用空格隔开。", 0, False)
TEXT = Field("text", "说明")
NUMBER = Field("number", "文号", "", 0, False)
ADDRESSEE = Field("addressee", "主送", "单位全称。", 0)
ORGANS = tuple((word, word) for word in ("纪检监察", "纪律检查", "监察"))
OPENING: dict[str, tuple[Field, ...]] = {
    "task": (TITLE, UNIT, CASES, Field("text", "要求", "核什么、怎么核、报什么结果。", 4)),
    "request": (TITLE, UNIT, CASES, Field("text", "需求", "遇到什么、已经做了什么、要上级做什么。", 4)),
    "interview": (
        TITLE,
        UNIT,
        CASES,
        NUMBER,
        ADDRESSEE,
        Field("interviewed", "被约谈人", "职务和姓名。", 0),
        Field("reasons", "约谈事由", "一行一条。", 4, lines=True),
        Field("basis", "依据", "", 0),
        Field("when", "时间", "", 0),
        Field("where", "地点", "", 0),
        Field("interviewer", "约谈人", "", 0),
        Field("bring", "携带材料", "一行一样。", 2, False, lines=True),
        Field("contact", "联系人和电话", "", 0),
    ),
    "recommendation": (
        Field("title", "建议事项", "文件标题写作“关于××的建议”。", 0),
        UNIT,
        CASES,
        Field("organ", "建议种类", "", 0, choices=ORGANS),
        NUMBER,
        ADDRESSEE,
        Field("origin", "由来", "怎样发现的。", 2),
        Field("problems", "发现的主要问题", "一行一条，只写事实。", 4, lines=True),
        Field("causes", "原因分析", "一行一条。", 3, lines=True),
        Field("measures", "建议", "一行一条。", 4, lines=True),
        Field("copies", "抄送", "一行一个单位。", 2, False, lines=True),
    ),
    "tip": (TITLE, UNIT, Field("text", "反映的内容"), Field("contact", "联系方式", "", 0, False)),
}
_RESULT = Field("text", "情况和结果", "", 4)
_REASON = Field("text", "理由", "", 3)
STEPS: dict[tuple[str, str], tuple[Field, ...]] = {
    ("task", "report"): (_RESULT,),
    ("task", "return"): (_REASON,),
    ("task", "close"): (Field("text", "结论"),),
    ("request", "answer"): (Field("text", "答复", "", 4),),
    ("request", "close"): (Field("text", "结论"),),
    ("interview", "record"): (
        Field("exchanges", "谈话内容", "一行一句，以“问：”“答：”开头。", 8, lines=True),
        Field("demands", "整改要求", "一行一条。", 3, False, lines=True),
        Field("present", "在场人员", "一行一人。", 2, False, lines=True),
        Field("recorder", "记录人", "", 0),
    ),
    ("interview", "close"): (Field("text", "整改落实情况"),),
    ("recommendation", "issue"): (Field("text", "签发意见", "", 2),),
    ("recommendation", "reply"): (Field("text", "单位书面回复", "采纳情况和整改结果。", 4),),
    ("recommendation", "return"): (_REASON,),
    ("recommendation", "look_back"): (
        Field("text", "回访情况", "看现场、看记录、问群众，是否真正整改。", 4),
    ),
    ("recommendation", "strike_off"): (Field("text", "销号意见", "", 2),),
    ("recommendation", "withdraw"): (_REASON,),
    ("tip", "transfer"): (
        Field("to", "移送给", "", 0),
        Field("receipt", "对方回执编号", "移送后，本系统只留回执，原来的内容立即销毁。", 0),
    ),
    ("tip", "close"): (Field("text", "了解的情况和结论", "", 4),),
}
_NOTE = (Field("text", "说明", "", 3),)
FILES_HELP = f"最多 {actions.FILES} 个，每个不超过 {actions.FILE_BYTES >> 20} MB。加密保存。"


def fields_of(kind: str, step: str) -> tuple[Field, ...]:
    """The fields of the opening ("" as step) or of a step of a kind of matter."""
    if not step:
        return OPENING[kind]
    if step == "note":
        return _NOTE
    return STEPS.get((kind, step), ())


def shown(kind: str, step: str, said: dict[str, Any], pack: Pack) -> list[tuple[str, str]]:
    """What was said, under its headings; the title stands above."""
    found = []
    for field in fields_of(kind, step):
        value = said.get(field.name)
        if not value or field.name == "title":
            continue
        if field.name == "unit" and value in pack.units:
            value = pack.units[value].name
        found.append((field.label, "\n".join(value) if field.lines else value))
    return found


class StepForm(Form):
    """The form of an opening or a step."""

    def __init__(self, kind: str, step: str, seat: Seat, *args: Any, **kwargs: Any) -> None:
        self._fields = fields_of(kind, step)
        self.base_fields = {field.name: _made(field, seat) for field in self._fields}
        if not step and KINDS[kind].way == "down":
            below = [
                ("", "请选择"),
                *((unit.code, unit.short) for unit in scope.below(seat.by.unit, seat.pack)),
            ]
            self.base_fields["holder"] = forms.ChoiceField(label="交给", choices=below)
        if not step:
            self.base_fields["workdays"] = forms.TypedChoiceField(
                label="时限", coerce=int, choices=[(days, f"{days} 个工作日") for days in LIMITS],
                initial=KINDS[kind].workdays,
            )  # fmt: skip
        if self._fields:
            self.base_fields["files"] = Files(label="附件", required=False, help_text=FILES_HELP)
        super().__init__(*args, auto_id=f"{step or 'new'}-%s", **kwargs)

    def said(self) -> dict[str, Any]:
        """The cleaned fields that are sealed."""
        said: dict[str, Any] = {}
        for field in self._fields:
            value = self.cleaned_data[field.name]
            said[field.name] = (
                [line.strip() for line in value.splitlines() if line.strip()] if field.lines else value
            )
        if numbers := said.get("cases"):
            said["cases"] = " ".join("".join(c if c.isdigit() else " " for c in numbers).split())
        return said

    def attached(self) -> list[actions.File]:
        """The files, read into memory."""
        return [
            actions.File(file.name, file.content_type or "", file.read())
            for file in self.cleaned_data.get("files") or ()
        ]


class _Several(forms.FileInput):
    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return files.getlist(name)


class Files(forms.FileField):
    """Several files at once."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=_Several(attrs={"multiple": True}), **kwargs)

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        return [super(Files, self).clean(one, initial) for one in data or ()]

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {}


def _made(field: Field, seat: Seat) -> forms.Field:
    said: dict[str, Any] = {"label": field.label, "help_text": field.help, "required": field.must}
    if field.name == "unit":
        return forms.ChoiceField(choices=units_in_scope(seat), **said)
    if field.choices:
        return forms.ChoiceField(choices=field.choices, **said)
    longest = actions.LONGEST_TITLE if field.name == "title" else actions.LONGEST
    widget = forms.Textarea(attrs={"rows": field.rows}) if field.rows else forms.TextInput()
    return forms.CharField(max_length=longest, widget=widget, **said)


def units_in_scope(seat: Seat) -> list[tuple[str, str]]:
    """The units one may name."""
    watched = permissions.watched_by(seat.by, seat.pack)
    units = [
        unit
        for unit in seat.pack.units.values()
        if unit.kind in scope.COMPLAINED_OF and (watched is None or unit.code in watched)
    ]
    return [("", "不指明"), *((unit.code, unit.short) for unit in units)]
