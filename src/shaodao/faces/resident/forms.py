"""The residents' forms."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shaodao.county.pack.model import Pack
from shaodao.county.people import phones
from shaodao.faces import words
from shaodao.faces.forms import Form, levels, villages

CRS = "WGS-84"
NEEDED = _("请写下发生了什么，或录一段音。")


class WhistleForm(Form):
    text = forms.CharField(
        label=_("发生了什么"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4, "data-suggest": "", "data-needed": NEEDED}),
        error_messages={
            "required": NEEDED,
            "max_length": _("文字太长了，请控制在 2000 字以内。"),
        },
    )
    item = forms.CharField(required=False, widget=forms.HiddenInput)
    village = forms.ChoiceField(label=_("在哪个社区或村"), required=False)
    address = forms.CharField(
        label=_("具体位置"), required=False, max_length=200, help_text=_("比如：幸福路和东风街交叉口东边。")
    )
    mark = forms.CharField(
        label=_("设施上写的字"),
        required=False,
        max_length=40,
        help_text=_("井盖、电杆、线缆上有“国网”“移动”“供水”等字样的，写上就直接派给权属单位。"),
    )
    lon = forms.FloatField(required=False, widget=forms.HiddenInput)
    lat = forms.FloatField(required=False, widget=forms.HiddenInput)
    crs = forms.CharField(required=False, widget=forms.HiddenInput)
    phone = forms.CharField(
        label=_("手机号"),
        required=False,
        help_text=_("用来查进度和回访；承办单位看不到完整号码。不留就是匿名，只能凭链接查看。"),
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "tel"}),
    )
    name = forms.CharField(label=_("怎么称呼您"), required=False, max_length=40)
    key = forms.CharField(
        required=False, max_length=64, widget=forms.HiddenInput(attrs={"data-draft-key": ""})
    )
    danger_seen = forms.CharField(required=False, widget=forms.HiddenInput)
    # Epoch seconds: since when it waited on the phone. What cannot be a moment of these years is refused.
    said_at = forms.IntegerField(required=False, min_value=1_700_000_000, max_value=4_000_000_000)

    def __init__(self, pack: Pack, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sent = self.files.getlist("photos") if self.files else ()
        if any((file.content_type or "").startswith("audio/") for file in sent):
            self.fields["text"].required = False  # whoever cannot write has said it
        village = self.fields["village"]
        assert isinstance(village, forms.ChoiceField)
        village.choices = [("", _("不清楚，或已在上面定位")), *villages(pack)]

    def clean_phone(self) -> str:
        phone = self.cleaned_data["phone"]
        if not phone:
            return ""
        try:
            return phones.normal(phone)
        except phones.NotAPhone:
            raise forms.ValidationError(_("这不像一个电话号码。请核对，或者留空匿名反映。")) from None

    def place(self) -> dict[str, Any] | None:
        """The place as `filing` takes it: the position, else the community chosen, else the address in words."""
        said = self.cleaned_data
        if said["lon"] is not None and said["lat"] is not None:
            return {"lon": said["lon"], "lat": said["lat"], "crs": said["crs"] or CRS}
        if said["village"]:
            return {"grid": said["village"]}
        return {"address": said["address"]} if said["address"] else None

    def occurred_at(self) -> datetime | None:
        """When it was written, where it waited on the phone for a network."""
        said = self.cleaned_data["said_at"]
        return datetime.fromtimestamp(said, UTC) if said else None

    def whole_text(self) -> str:
        """The words, and the address where it says more than the place."""
        text, address = self.cleaned_data["text"].strip(), self.cleaned_data["address"].strip()
        return f"{text}\n地点：{address}" if address else text


class LookupForm(Form):
    number = forms.CharField(
        label=_("哨件编号"),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    last_four = forms.RegexField(
        r"^\d{4}$",
        label=_("反映时所留手机号的后四位"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "maxlength": 4, "autocomplete": "off"}),
        error_messages={"invalid": _("请填四位数字。")},
    )


class RatingForm(Form):
    solved = forms.ChoiceField(
        label=_("解决了吗"),
        choices=[(o.code, _(o.name)) for o in words.SOLVED],
        error_messages={"required": _("请先选择解决了没有。")},
    )
    words = forms.CharField(
        label=_("想说的话"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )

    def levels(self) -> list[dict[str, int]]:
        return levels(self.data)


class WordsForm(Form):
    words = forms.CharField(
        label=_("说明"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("请写几句说明。")},
    )
