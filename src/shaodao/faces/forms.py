"""The form that the pages' forms derive from: it says what is missing in our words."""

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shaodao.county.pack.model import Pack
from shaodao.county.places import Level

CHOSEN = (forms.ChoiceField, forms.ModelChoiceField, forms.FileField, forms.DateField, forms.DateTimeField)


def whole(text: object, digits: int = 9) -> int:
    """A number that an address or a form names; 0 for whatever is none, or too long to be one of ours."""
    return int(str(text)) if re.fullmatch(rf"[0-9]{{1,{digits}}}", str(text)) else 0


def version(posted: Mapping[str, object]) -> int | None:
    """The version that the page showed on which somebody acts; None where its form carries none."""
    said = str(posted.get("version", ""))
    return int(said) if re.fullmatch(r"[0-9]{1,9}", said) else None


def levels(posted: Mapping[str, object]) -> list[dict[str, int]]:
    """How satisfied somebody said to be with each duty, from the controls `level-<duty>`."""
    said = (
        (whole(name.removeprefix("level-")), whole(value))
        for name, value in posted.items()
        if "level-" in name
    )
    return [{"duty": duty, "level": level} for duty, level in said if duty and level]


class Form(forms.Form):
    """A form whose required fields say 请填写 or 请选择, unless a field has words of its own."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            own = self.base_fields[name].error_messages["required"]
            if own == forms.Field.default_error_messages["required"]:
                field.error_messages["required"] = (
                    _("请选择。") if isinstance(field, CHOSEN) else _("请填写。")
                )


def villages(pack: Pack) -> list[tuple[str, list[tuple[str, str]]]]:
    """Communities and villages to choose from, by street and township."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for place in pack.places:
        if place.level is Level.COMMUNITY and place.parent:
            groups.setdefault(pack.places[place.parent].name, []).append((place.code, place.name))
    return list(groups.items())
