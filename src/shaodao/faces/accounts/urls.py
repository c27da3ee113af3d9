"""Addresses of signing in. Of allauth's pages only those a county needs: no sign-up, no e-mail, no reset by oneself."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from django.urls import path, re_path

from shaodao.faces.accounts import views

urlpatterns = [
    path("work", views.work, name="work"),
    path("work/capacity", views.capacities, name="capacity"),
    path("work/account", views.account, name="account"),
    path("accounts/login/", account.login, name="account_login"),
    path("accounts/logout/", account.logout, name="account_logout"),
    path("accounts/inactive/", account.account_inactive, name="account_inactive"),
    path("accounts/again/", account.reauthenticate, name="account_reauthenticate"),
    path("accounts/password/", account.password_change, name="account_change_password"),
    re_path(
        r"^accounts/first/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "accounts/first/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("accounts/factor/", mfa.authenticate, name="mfa_authenticate"),
    path("accounts/factor/again/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("accounts/factor/new/", totp.activate_totp, name="mfa_activate_totp"),
    path("accounts/factor/kept/", views.factor_kept, name="mfa_index"),
    path("accounts/factor/set/", views.factor_kept, name="mfa_deactivate_totp"),
    path("accounts/factor/recovery/", recovery.view_recovery_codes, name="mfa_view_recovery_codes"),
    path(
        "accounts/factor/recovery/new/", recovery.generate_recovery_codes, name="mfa_generate_recovery_codes"
    ),
    path("mine/sign-in", views.phone, name="resident_sign_in"),
    path("mine/code", views.phone_code, name="resident_code"),
    path("mine/sign-out", views.resident_sign_out, name="resident_sign_out"),
]
