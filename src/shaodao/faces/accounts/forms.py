"""Forms of signing in: allauth's, in our words, and the resident's two."""

from allauth.account.forms import ChangePasswordForm, LoginForm, ReauthenticateForm, ResetPasswordKeyForm
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as SecondFactorAgainForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from django import forms
from django.utils.translation import gettext_lazy as _

from shaodao.county.people import phones
from shaodao.faces.forms import Form

CODE = {
    "class": "input-code",
    "inputmode": "numeric",
    "autocomplete": "one-time-code",
    "maxlength": "6",
    "placeholder": "",
    "autofocus": True,
}
NEW_PASSWORD_HELP = "至少 12 位，不要用姓名、电话、生日或常见密码。"


def _plain(form: forms.Form, **labels: str) -> None:
    for name, label in labels.items():
        form.fields[name].label = label
        form.fields[name].widget.attrs.pop("placeholder", None)
        form.fields[name].help_text = ""


class SignIn(LoginForm):
    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        _plain(self, login="账号", password="密码")
        self.fields["login"].widget.attrs.update(autofocus=True, autocapitalize="none", spellcheck="false")


class PasswordAgain(ReauthenticateForm):
    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        _plain(self, password="密码")


class NewPassword(ChangePasswordForm):
    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        _plain(self, oldpassword="现在的密码", password1="新密码", password2="再输一遍新密码")
        self.fields["password1"].help_text = NEW_PASSWORD_HELP


class FirstPassword(ResetPasswordKeyForm):
    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        _plain(self, password1="密码", password2="再输一遍")
        self.fields["password1"].help_text = NEW_PASSWORD_HELP


class SecondFactor(AuthenticateForm):
    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        _plain(self, code="验证码")
        self.fields[
            "code"
        ].help_text = "打开手机上的验证器，输入 6 位数字；手机不在身边时，输入一个 8 位恢复码。"
        self.fields["code"].widget.attrs.update(CODE, maxlength="8")


class SecondFactorAgain(SecondFactorAgainForm):
    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        _plain(self, code="验证码")
        self.fields["code"].widget.attrs.update(CODE, maxlength="8")


class SetUpSecondFactor(ActivateTOTPForm):
    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        _plain(self, code="验证器显示的 6 位数字")
        self.fields["code"].widget.attrs.update(CODE)


class Phone(Form):
    phone = forms.CharField(
        label=_("手机号"),
        max_length=20,
        widget=forms.TextInput({"type": "tel", "inputmode": "tel", "autocomplete": "tel", "autofocus": True}),
    )

    def clean_phone(self) -> str:
        try:
            return phones.mobile(self.cleaned_data["phone"])
        except phones.NotAPhone:
            raise forms.ValidationError(_("这不像手机号。请输入 11 位手机号。")) from None


class Code(Form):
    code = forms.RegexField(
        r"^\s*\d{6}\s*$",
        label=_("短信里的 6 位验证码"),
        error_messages={"invalid": _("验证码是 6 位数字。")},
        widget=forms.TextInput(CODE),
    )

    def clean_code(self) -> str:
        return self.cleaned_data["code"].strip()
