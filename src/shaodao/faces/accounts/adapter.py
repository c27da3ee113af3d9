"""django-allauth in our house: no sign-up, no e-mail, Chinese messages, secrets encrypted at rest."""

import base64
import hashlib
import time
from typing import Any, ClassVar

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest

from shaodao.faces import county
from shaodao.faces.accounts import numbers

SILENT = {"account/messages/logged_in.txt", "account/messages/logged_out.txt"}


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by the administrator; nobody signs up and nothing is sent by e-mail."""

    error_messages: ClassVar = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": "账号或密码不对。",
        "incorrect_password": "密码不对。",
        "incorrect_code": "验证码不对。",
        "account_inactive": "这个账号已停用。请联系县里的系统管理员。",
    }

    def validation_error(self, code: str, *args: Any) -> Exception:
        if code in {"too_many_login_attempts", "rate_limited"}:
            minutes = numbers.sign_in_locked_minutes()
            error = super().validation_error(code, *args)
            error.message = (
                f"错误次数太多，已锁定。请 {minutes} 分钟后再试，或请安全保密管理员给一个重设密码的链接。"
            )
            return error
        return super().validation_error(code, *args)

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_reauthentication_required(self, *, app: str) -> bool:
        """Not within minutes of signing in: who sets up a second factor for the first time has just done so."""
        records = get_authentication_records(context.request, context.request.user)
        fresh = any(time.time() - record["at"] < app_settings.REAUTHENTICATION_TIMEOUT for record in records)
        return not fresh and super().is_reauthentication_required(app=app)

    def get_client_ip(self, request: HttpRequest) -> str:
        return getattr(request, "address", "") or request.META.get("REMOTE_ADDR", "")

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **kwargs: Any
    ) -> None:
        if message_template not in SILENT:
            super().add_message(request, level, message_template, *args, **kwargs)

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """There are no mail addresses."""


def _cipher() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet(
        [
            Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"second factor\0" + key.encode()).digest()))
            for key in keys
        ]
    )


class SecondFactorAdapter(DefaultMFAAdapter):
    """The seeds of second factors are useless to whoever has only the database."""

    error_messages: ClassVar = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": "验证码不对，或已经用过。请等下一个验证码。",
    }

    def get_totp_issuer(self) -> str:
        return f"哨到 {county.name()}".strip()

    def get_totp_label(self, user: AbstractBaseUser) -> str:
        return user.get_username()

    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _cipher().decrypt(encrypted_text.encode()).decode()

    def can_delete_authenticator(self, authenticator: Any) -> bool:
        """A second factor is replaced by the administrator, never simply dropped."""
        return False
