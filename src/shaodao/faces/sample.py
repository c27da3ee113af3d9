"""What `/design` shows: invented cases in every state a component knows."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace as Row
from typing import Any, Self

from django import forms
from django.templatetags.static import static

from shaodao.faces import words
from shaodao.faces.forms import Form

PARTS = (
    ("ground", "颜色、字、图标"),
    ("buttons", "按钮"),
    ("time", "时间和状态"),
    ("lists", "列表"),
    ("parties", "各方并列"),
    ("numbers", "数字"),
    ("photos", "照片和录音"),
    ("said", "提示"),
    ("forms", "表单"),
    ("elder", "长辈版"),
)
SPRITE = Path(__file__).parent / "static" / "shaodao" / "icons" / "sprite.svg"
ICONS = tuple(re.findall(r'<symbol id="([\w-]+)"', SPRITE.read_text()))
LONG = "这条路从去年冬天开始就坏了，下雨积水，晴天扬尘，老人孩子走路都不方便。" * 29  # a thousand characters


class Said(str):
    """A message as the last action leaves it."""

    level_tag = ""

    @classmethod
    def at(cls, level: str, text: str) -> Self:
        said = cls(text)
        said.level_tag = level
        return said


class Example(Form):
    name = forms.CharField(label="您的称呼", required=False, max_length=20)
    phone = forms.CharField(label="手机号", help_text="只用来告诉您办理进展，承办单位看不到。")
    kind = forms.ChoiceField(label="性质", choices=tuple(words.WORDS["nature"].items()))
    text = forms.CharField(label="发生了什么", widget=forms.Textarea(attrs={"rows": 4}))
    where = forms.ChoiceField(
        label="在哪里",
        widget=forms.RadioSelect,
        choices=(("here", "我现在的位置"), ("map", "地图上点选"), ("words", "写地址")),
    )
    parts = forms.MultipleChoiceField(
        label="要哪些单位来",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=(("D15", "住建局"), ("D13", "城管局"), ("U02", "自来水公司")),
    )
    hidden = forms.BooleanField(label="不让承办单位知道我是谁", required=False)
    fixed = forms.CharField(label="编号", required=False, disabled=True, initial="260415000017")

    def clean(self) -> None:
        raise forms.ValidationError("别人刚刚改过这一件。请看看改了什么，再提交。")


def page(now: datetime) -> Mapping[str, Any]:
    """The context of the page, all moments relative to `now`."""

    def clock(given: int, left: int, stopped: int | None = None, paused: bool = False) -> Row:
        """Minutes: given in all, left from now, and stopped so long ago."""
        deadline = now + timedelta(minutes=left)
        return Row(
            deadline=deadline,
            started=deadline - timedelta(minutes=given),
            stopped=None if stopped is None else now - timedelta(minutes=stopped),
            paused=paused,
        )

    def picture(name: str, alt: str, note: str) -> Row:
        address = static(f"shaodao/sample/{name}.svg")
        return Row(thumb=address, full=address, alt=alt, note=note, sound="")

    before, after = picture("before", "井盖丢失的路面", "反映"), picture("after", "换好的井盖", "办结")
    unbound = Example(initial={"kind": "help"})
    wrong = Example({}, prefix="wrong")
    return {
        "now": now,
        "parts": PARTS,
        "icons": ICONS,
        "none": (),
        "form": unbound,
        "wrong": wrong,
        "clocks": (
            clock(480, 380),
            clock(120, 20),
            clock(120, -200),
            clock(120, 60, paused=True),
            clock(120, 30, stopped=40),
            clock(120, -120, stopped=10),
        ),
        "states": tuple(words.WORDS["state"]),
        "cases": (
            Row(
                number="HN20260305-0017",
                title="朝阳镇西环路井盖缺失",
                text="晚上骑车差点掉进去，旁边是小学门口，请尽快处理。",
                unit="县住建局",
                clock=clock(120, -200),
                state="dispatched",
            ),
            Row(
                number="HN20260305-0021",
                title="御景小区地下车库渗水",
                text="从昨天开始一直往下滴，已经漫到第三排车位。",
                unit="县供水公司",
                clock=clock(480, 25),
                state="dispatched",
            ),
            Row(
                number="HN20260304-0090",
                title="烧烤店油烟直排居民楼",
                text="每天傍晚五点开始，开不了窗。",
                unit="县城管局",
                clock=clock(2880, 2300),
                state="dispatched",
            ),
        ),
        "events": (
            Row(
                at=now - timedelta(minutes=8),
                title="县住建局已到场",
                who="到场 3 人",
                text="现场已围挡，正在更换井盖。",
                late=False,
                photos=(),
            ),
            Row(
                at=now - timedelta(minutes=96),
                title="报到超过时限",
                who="时限 2 小时",
                text="",
                late=True,
                photos=(),
            ),
            Row(
                at=now - timedelta(minutes=220),
                title="县住建局已签收",
                who="",
                text="",
                late=False,
                photos=(),
            ),
            Row(
                at=now - timedelta(minutes=226),
                title="已派单：县住建局、朝阳街道",
                who="自动派单",
                text="",
                late=False,
                photos=(),
            ),
            Row(
                at=now - timedelta(minutes=227),
                title="您的反映已收到",
                who="",
                text="",
                late=False,
                photos=(),
            ),
        ),
        "duty_rows": (
            Row(
                unit="县住建局",
                role="lead",
                assignee="市政股 · 经办人",
                mine=True,
                state="正在处置",
                sign=clock(30, -190, stopped=215),
                report_in=clock(120, -100, stopped=8),
                finish=clock(1440, 700),
            ),
            Row(
                unit="朝阳街道",
                role="local",
                assignee="",
                mine=False,
                state="已到场配合",
                sign=clock(30, -190, stopped=200),
                report_in=clock(120, -100, stopped=150),
                finish=clock(1440, 700),
            ),
            Row(
                unit="县供水公司",
                role="assist",
                assignee="",
                mine=False,
                state="未签收",
                sign=clock(30, -20),
                report_in=clock(120, 70),
                finish=None,
            ),
        ),
        "before": (before,),
        "after": (after,),
        "pictures": (before, after) * 4 + (before,),
        "sounds": (Row(sound="#", alt="录音 32 秒", thumb="", full="", note=""),),
        "said": (
            Said.at("success", "已签收。请在 15:40 前到场报到。"),
            Said.at("info", "这是演示数据。"),
            Said.at("warning", "别人刚刚改过这一件，请再看一遍。"),
            Said.at("error", "没有提交成功：照片太大，请重新选择。"),
        ),
        "long": LONG,
        "long_name": "辉南县住房和城乡建设局市政公用设施维护中心道路桥梁养护二大队",
        "tab_items": (
            Row(code="open", name="在办", url="#", count=12),
            Row(code="soon", name="快到期", url="#", count=3),
            Row(code="overdue", name="超期", url="#", count=1),
            Row(code="done", name="已办", url="#", count=None),
        ),
        "rating_rows": (Row(id=1, unit="县住建局"), Row(id=2, unit="朝阳街道")),
        "one_row": (Row(id=9, unit="县住建局"),),
        "steps_at": ("reported", "dispatched", "waiting_rating", "closed"),
    }
