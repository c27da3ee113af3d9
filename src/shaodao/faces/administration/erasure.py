"""Erasing a person who asks for it on paper or at the counter, by the number of one of their cases. The administrator
sees nothing of the case, only how many cases it concerns."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from shaodao.centre.cases import actions, erasure
from shaodao.centre.cases.lifecycle import Refusal
from shaodao.faces import words
from shaodao.faces.administration.guard import needs
from shaodao.faces.forms import Form
from shaodao.faces.requests import web_source
from shaodao.faces.work.capacity import Desk

REASONS = ("in_writing", "in_person", "by_law")


class ErasureForm(Form):
    number = forms.CharField(label="哨件编号", max_length=16, help_text="本人任何一件的编号。")
    reason = forms.ChoiceField(
        label="根据", choices=[("", "请选择"), *((code, words.word("reason", code)) for code in REASONS)]
    )
    sure = forms.BooleanField(label="已核对是本人，并告知删除后不能恢复")

    def clean_number(self) -> str:
        return "".join(filter(str.isdigit, self.cleaned_data["number"]))


@needs("erase_persons")
def erase(request: HttpRequest, desk: Desk) -> HttpResponse:
    form = ErasureForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        number, reason = form.cleaned_data["number"], form.cleaned_data["reason"]
        source = web_source(request)
        try:
            said = {"subject": actions.load(number).whose, "reason": reason}
            actions.act(number, "erase", said, desk.by, source=source)
        except (actions.NoSuchCase, Refusal):
            form.add_error("number", words.refusal("no_such_person"))
        else:
            person = said["subject"]
            messages.success(request, f"已删除，涉及 {len(erasure.cases_of(person))} 件。")
            return redirect("erasure")
    return render(request, "administration/erasure.html", {"form": form}, status=422 if form.errors else 200)
