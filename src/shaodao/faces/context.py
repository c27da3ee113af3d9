"""What every page's shell needs: in which capacity one acts, what else there is, how large the type is."""

from functools import cached_property
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext

from shaodao.centre.cases import permissions
from shaodao.centre.cases.lifecycle.model import By
from shaodao.centre.pressing import actions
from shaodao.centre.pressing.actions import Alarm
from shaodao.county.pack import versions
from shaodao.county.people.capacity import Capacity
from shaodao.faces import county, spoken
from shaodao.faces.accounts import capacity
from shaodao.faces.language import english
from shaodao.faces.navigation import BAR, ELDER, RESIDENT, Entry, of, placed
from shaodao.faces.views import SIZE_COOKIE


class Shell:
    """Read by the base templates; nothing is looked up before a template asks for it."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @property
    def now(self) -> int:
        """The server's moment in epoch seconds, by which the page's clocks run."""
        return int(timezone.now().timestamp())

    @property
    def large(self) -> bool:
        return self._request.COOKIES.get(SIZE_COOKIE) == "large"

    @property
    def county(self) -> str:
        """The county's name, and on every page that its data are invented where they are."""
        pack = county.pack()
        return f"{county.name()} · {gettext('演示数据')}" if pack and pack.demonstration else county.name()

    @property
    def spoken(self) -> dict[str, str]:
        """What the page's scripts say, for a page that is not Chinese."""
        return spoken.spoken()

    @property
    def other_language(self) -> str:
        """This page in the other language."""
        query = self._request.GET.copy()
        query["lang"] = "zh" if english() else "en"
        return f"{self._request.path}?{query.urlencode()}"

    @property
    def telephone(self) -> str:
        """The centre's, as one dials it; empty where the pack names none."""
        pack = county.pack()
        return pack.telephone if pack else ""

    @cached_property
    def capacity(self) -> Capacity | None:
        return capacity.current(self._request)

    @cached_property
    def unit(self) -> str:
        """The name of the unit one acts for."""
        return county.unit_name(self.capacity.unit) if self.capacity else ""

    @property
    def person(self) -> str:
        return str(self._request.user)

    @cached_property
    def nav(self) -> tuple[Entry, ...]:
        """All entries: of the role one acts in, or of a resident."""
        if self.capacity is None:
            return placed(ELDER if self.large else RESIDENT, self._request.path)
        pack = county.pack()
        return placed(of(self._by, pack) if pack else (), self._request.path)

    @cached_property
    def desk(self) -> bool:
        """Whether red alarms ring on this page."""
        return self.capacity is not None and permissions.may_answer_alarms(self._by)

    @cached_property
    def alarms(self) -> list[Alarm]:
        """Those that ring now. One statement, at the desk only."""
        found = actions.alarms(self._by, versions.current(), timezone.now()) if self.desk else []
        return [alarm for alarm in found if alarm.rings]

    @property
    def _by(self) -> By:
        assert self.capacity
        return By(self.capacity.actor, self.capacity.role, self.capacity.grid or self.capacity.unit)

    @property
    def bar(self) -> tuple[Entry, ...]:
        """As many of them as fit the bottom of a phone."""
        return self.nav[:BAR]


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor."""
    return {"shell": Shell(request)}
