"""Cases in every state that a command may come to, made through the one door; and a body for each command."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from tests.api.conftest import SPOT

from shaodao.centre.cases import actions, permissions
from shaodao.centre.cases.lifecycle import Case
from shaodao.centre.cases.lifecycle.model import By
from shaodao.centre.intake import filing
from shaodao.centre.intake.filing import Whistle
from shaodao.centre.intake.gate import Caller

LEAD, ASSIST, OUTSIDE = "D15", "D13", "D22"
ROAD = "MS-08"  # contactable, no emergency, the lead is LEAD
HOUR = timedelta(hours=1)


class Scenes:
    """Each method makes one case and returns its number. `at` moves on by a minute with every command."""

    def __init__(self, now: datetime) -> None:
        self.now = self.at = now
        self.place = ("", "", "")
        self.filed = 0

    # --- steps ---

    def file(self, by: By | None = None, **said: Any) -> Case:
        self.filed += 1  # somebody else each time: a repeat request would be raised a level
        phone = f"138{self.filed:08}" if by is None else ""
        said = {"text": "路面塌了一块", "place": SPOT, "phone": phone} | said
        filed = filing.file(Whistle(**said), Caller("scenes", trusted=True), by=by, at=self.at)
        self.place = (filed.case.place.grid, filed.case.place.community, filed.case.place.township)
        return filed.case

    def give(self, number: str, command: str, role: str, unit: str, user: int = 0, **said: Any) -> Case:
        by = By(f"user:{user or 900 + hash((role, unit)) % 90}", role, unit)
        self.at += timedelta(minutes=1)
        return actions.act(number, command, said, by, at=self.at)

    def approve(self, number: str, request: int = 1, **said: Any) -> Case:
        """Every step of a request, one after the other."""
        case = actions.load(number)
        while (asked := case.request(request)) and asked.open:
            step = asked.current
            case = self.give(
                number,
                "decide",
                step.role,
                step.unit,
                800 + asked.step,
                request=request,
                approve=True,
                **said,
            )
        return case

    def summons(self) -> dict[str, Any]:
        """The fields of a convening whistle that meets in an hour."""
        meet_at = (self.at + HOUR).isoformat()
        return {"units": [LEAD, ASSIST], "meet_at": meet_at, "place": SPOT, "words": "来看"}

    # --- scenes ---

    def dispatched(self) -> str:
        return self.file(item=ROAD).number

    def emergency(self) -> str:
        number = self.file(item="MS-07", text="井盖丢了").number
        self.give(number, "report_in", "handler", LEAD, duty=1, mode="site", position=SPOT)
        return number

    def triage(self) -> str:
        return self.file(text="想问一下", place=None).number

    def ruling(self) -> str:
        number = self.triage()
        self.give(number, "send_to_ruling", "seat", "C00", units=[LEAD, ASSIST])
        return number

    def joint(self) -> str:
        """The assist has turned out, and may say that its part is done."""
        number = self.dispatched()
        self.give(
            number, "call_assist", "liaison", LEAD, to={"unit": ASSIST, "role": "assist"}, reason="site"
        )
        self.give(number, "report_in", "handler", ASSIST, duty=2, mode="site", position=SPOT)
        return number

    def pending(self) -> str:
        """Turned out, but nobody knows where they were."""
        number = self.dispatched()
        self.give(number, "report_in", "handler", LEAD, duty=1, mode="site")
        return number

    def on_site(self) -> str:
        number = self.dispatched()
        self.give(number, "sign", "handler", LEAD, duty=1)
        self.give(number, "report_in", "handler", LEAD, duty=1, mode="site", persons=2, position=SPOT)
        self.give(number, "make_safe", "handler", LEAD, duty=1, words="围上了")
        return number

    def stepping(self) -> str:
        """Of an item with dated steps on the way."""
        number = self.file(item="XZ-01").number
        self.give(
            number,
            "redispatch",
            "shift_leader",
            "C00",
            duty=1,
            to={"unit": LEAD, "role": "lead"},
            reason="wrong_area",
        )
        return number

    def asked_return(self) -> str:
        number = self.dispatched()
        self.give(number, "ask_return", "liaison", LEAD, 701, duty=1, reason="not_ours", words="不归我们")
        return number

    def claimed(self) -> str:
        number = self.on_site()
        self.give(number, "claim_finished", "handler", LEAD, 702, duty=1, way="done", words="补好了")
        self.approve(number)
        return number

    def verified(self) -> str:
        number = self.claimed()
        verifier = actions.load(number).clock("verification").unit
        self.give(number, "verify", "community_secretary", verifier, passed=True)
        return number

    def to_call(self) -> str:
        """Unrated for longer than the window."""
        self.at = self.now - 60 * HOUR
        number = self.verified()
        actions.let_time_pass(number, self.now)
        return number

    def uncalled(self) -> str:
        """Called three times in vain."""
        self.at = self.now - 72 * HOUR
        number = self.verified()
        self.at += 50 * HOUR
        actions.let_time_pass(number, self.at)
        for _ in range(3):
            self.give(number, "call_back", "caller", "C00", reached=False)
            self.at += 5 * HOUR
        return number

    def closed(self) -> str:
        number = self.verified()
        self.at += timedelta(minutes=1)
        actions.act(
            number,
            "rate",
            {"solved": "yes", "levels": [{"duty": 1, "level": 5}]},
            self.whistler(number),
            at=self.at,
        )
        return number

    def shelved(self) -> str:
        number = self.on_site()
        until = (self.now + 60 * 24 * HOUR).isoformat()
        self.give(number, "ask_shelving", "liaison", LEAD, 703, until=until, reason="season", words="开春修")
        self.approve(number)
        return number

    def answered(self) -> str:
        number = self.triage()
        self.give(number, "answer", "seat", "C00", 704, words="到窗口办", source="公告")
        return number

    def declined(self) -> str:
        number = self.triage()
        self.give(number, "propose_decline", "seat", "C00", 704, reason="in_court", words="已诉讼")
        self.approve(number)
        return number

    def convened(self) -> str:
        number = self.dispatched()
        self.give(number, "convene", "street_clerk", self.place[2], **self.summons())
        return number

    def concluded(self) -> str:
        self.at = self.now - 3 * HOUR
        number = self.file(By("user:705", "street_clerk", "S01"), item=ROAD, phone="").number
        self.give(number, "convene", "street_clerk", self.place[2], **self.summons())
        self.at += HOUR
        said: dict[str, Any] = {"council": 1, "tasks": [LEAD], "words": "由住建修"}
        self.give(number, "conclude_council", "street_clerk", self.place[2], **said)
        return number

    def street_whistled(self) -> str:
        """A community whistles for what is its own to do."""
        return self.file(
            By("user:706", "street_clerk", "S01"), item="MS-13", text="垃圾满了", phone=""
        ).number

    def wrongful(self) -> str:
        number = self.street_whistled()
        self.give(number, "propose_wrongful", "seat", "C00", 707, reason="own_work", words="应自行清运")
        self.approve(number)
        return number

    def raised(self) -> str:
        number = self.on_site()
        self.give(number, "escalate_tier", "unit_head", LEAD, 708, reason="several_units", words="请县里协调")
        return number

    def whistler(self, number: str) -> By:
        case = actions.load(number)
        return By(case.requester or case.whistler, permissions.WHISTLER)


Body = Callable[["Scenes"], dict[str, Any]]


def later(days: int) -> Body:
    return lambda s: {"until": (s.now + days * 24 * HOUR).isoformat()}


# command → (scene it is fitting in, fields)
PLAY: dict[str, tuple[str, Body]] = {
    "dispatch": ("triage", lambda s: {"lead": LEAD, "item": ROAD, "place": SPOT}),
    "answer": ("triage", lambda s: {"words": "可以在窗口办"}),
    "transfer": ("triage", lambda s: {"to": "信访局", "receipt": "X-1"}),
    "send_to_ruling": ("triage", lambda s: {"units": [LEAD, ASSIST]}),
    "merge": ("triage", lambda s: {"into": s.other}),
    "rule": ("ruling", lambda s: {"lead": LEAD, "item": ROAD, "basis": "三定方案"}),
    "redispatch": ("dispatched", lambda s: {"duty": 1, "to": ASSIST, "reason": "wrong_unit"}),
    "propose_decline": ("triage", lambda s: {"reason": "in_court", "words": "已诉讼"}),
    "propose_exclusion": ("dispatched", lambda s: {"reason": "untrue", "words": "查无此事"}),
    "reveal_identity": ("dispatched", lambda s: {"unit": LEAD, "reason": "contact"}),
    "see_identity": ("dispatched", lambda s: {"reason": "contact"}),
    "state_view": ("ruling", lambda s: {"mine": False, "basis": "不归我们"}),
    "sign": ("dispatched", lambda s: {"duty": 1}),
    "assign": ("dispatched", lambda s: {"duty": 1, "handler": "user:777"}),
    "report_in": ("dispatched", lambda s: {"duty": 1, "mode": "site", "persons": 2, "position": SPOT}),
    "confirm_report_in": ("pending", lambda s: {"duty": 1, "came": True}),
    "make_safe": ("emergency", lambda s: {"duty": 1, "words": "围上了"}),
    "reach_milestone": ("stepping", lambda s: {"duty": 2, "words": "已立案"}),
    "finish_part": ("joint", lambda s: {"duty": 2, "words": "清完了"}),
    "file_for_penalty": ("on_site", lambda s: {"duty": 1} | later(60)(s)),
    "claim_finished": ("on_site", lambda s: {"duty": 1, "way": "done", "words": "补好了"}),
    "ask_return": ("dispatched", lambda s: {"duty": 1, "reason": "not_ours", "words": "不归我们"}),
    "ask_extension": ("on_site", lambda s: {"duty": 1, "reason": "weather", "words": "一直下雨"} | later(40)(s)),
    "ask_shelving": ("on_site", lambda s: {"reason": "season", "words": "开春修"} | later(60)(s)),
    "decide": ("asked_return", lambda s: {"request": 1, "approve": True}),
    "withdraw_request": ("asked_return", lambda s: {"request": 1}),
    "call_assist": ("dispatched", lambda s: {"to": {"unit": ASSIST, "role": "assist"}, "reason": "site"}),
    "escalate_tier": ("on_site", lambda s: {"reason": "several_units", "words": "请协调"}),
    "coordinate": ("raised", lambda s: {"leader": "user:1", "tasks": [ASSIST], "minutes": "两家一起办"}),
    "convene": ("dispatched", lambda s: s.summons()),
    "arrive": ("convened", lambda s: {"council": 1, "unit": LEAD, "person": "演示甲"}),
    "conclude_council": ("convened", lambda s: {"council": 1, "tasks": [LEAD], "words": "由住建修"}),
    "rate_units": ("concluded", lambda s: {"levels": [{"duty": 1, "level": 4}]}),
    "verify": ("claimed", lambda s: {"passed": True}),
    "rate": ("verified", lambda s: {"solved": "yes", "levels": [{"duty": 1, "level": 5}]}),
    "call_back": ("to_call", lambda s: {"reached": True, "solved": "yes", "levels": [{"duty": 1, "level": 5}]}),
    "close": ("uncalled", lambda s: {"words": "三次未接通"}),
    "reopen": ("closed", lambda s: {"reason": "broken_again"}),
    "seen_too": ("dispatched", lambda s: {"words": "我也看到了"}),
    "find_helpful": ("answered", lambda s: {}),
    "ask_review": ("declined", lambda s: {"words": "请再看"}),
    "review_shelved": ("shelved", lambda s: {"words": "仍待开春"}),
    "resume": ("shelved", lambda s: {}),
    "propose_wrongful": ("street_whistled", lambda s: {"reason": "own_work", "words": "应自行清运"}),
    "appeal_wrongful": ("wrongful", lambda s: {"words": "不服"}),
    "comment": ("dispatched", lambda s: {"words": "补充一句"}),
    "confirm_item": ("triage", lambda s: {"item": "MS-29"}),
    "summarise": ("triage", lambda s: {"words": "有人问一件事归谁管"}),
    "erase": ("closed", lambda s: {"subject": s.whistler(s.number).actor}),
    "recompute": ("dispatched", lambda s: {}),
    "pass_up": ("asked_return", lambda s: {"request": 1, "vacant": []}),
    "tick": ("dispatched", lambda s: {}),
}  # fmt: skip
