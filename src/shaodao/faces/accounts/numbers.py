"""The pack's numbers that signing in needs, with the law's own values until a pack is loaded."""

from shaodao.faces import county


def sign_in_failures() -> int:
    pack = county.pack()
    return pack.settings.numbers.sign_in_failures if pack else 5


def sign_in_locked_minutes() -> int:
    pack = county.pack()
    return pack.settings.numbers.sign_in_locked_minutes if pack else 30


def idle_minutes() -> int:
    pack = county.pack()
    return pack.settings.numbers.idle_minutes if pack else 30
