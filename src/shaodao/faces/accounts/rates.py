"""How often one may try. allauth reads these on every attempt; the county's own numbers come from its pack.

Attempts are counted in Django's database cache: two web processes, or a restarted one, must see the same count.
It is written only when somebody signs in or fails to, so it costs the rest of the site nothing."""

from collections.abc import Iterator, Mapping

UPLOADS = 60  # requests to the API with pictures, an hour and address: to decode and keep them is dear


class Rates(Mapping[str, str]):
    """`ACCOUNT_RATE_LIMITS`: five failures lock a name (or a second factor) for half an hour."""

    def _all(self) -> dict[str, str]:
        from shaodao.faces.accounts import numbers  # settings import this module; tables come later

        tries, minutes = numbers.sign_in_failures(), numbers.sign_in_locked_minutes()
        return {
            "login": "60/m/ip",
            "login_failed": f"100/h/ip,{tries}/{minutes}m/key",
            "reauthenticate": "10/m/user",
            "change_password": "5/m/user",
            "reset_password_from_key": "20/m/ip",
            "phone_code": "1/m/key,5/h/key,10/d/key,60/h/ip",  # ours: see views.phone
            "lookup": "5/m/key,30/d/key,30/m/ip,300/d/ip",  # ours: see faces.resident.views.track
            "alike": "30/m/ip,300/h/ip",  # ours: what others reported nearby, while a whistle is written
            "seen_too": "10/h/ip,40/d/ip",  # ours: joining what others reported
            "supervise": "10/h/key",  # ours, by a keyed hash of the address: see faces.resident.supervise
            "photos": f"{UPLOADS}/h/ip",  # ours: see faces.api.whistles.upload_photos
        }

    def __getitem__(self, action: str) -> str:
        return self._all()[action]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())
