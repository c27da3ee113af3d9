"""Every page of every role: one list, for whatever must hold on each of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.contrib.sessions.backends.db import SessionStore
from django.urls import URLPattern, URLResolver, get_resolver, resolve
from playwright.sync_api import Page
from tests.browser.scenes import Scenes, answer, brief, hot, play, rehearse, score, supervise
from tests.browser.screens import precedent
from tests.browser.town import Town

from shaodao.centre.pressing import actions as press
from shaodao.centre.pressing.models import Step
from shaodao.centre.publishing import actions as publishing
from shaodao.county.people.models import Person
from shaodao.faces.accounts import invitation, resident
from shaodao.faces.wall import links
from shaodao.faces.work.councils import code_of


@dataclass(frozen=True)
class Who:
    """Somebody acting in a post; nobody by default."""

    role: str = ""
    unit: str = ""
    grid: str = ""


Pages = dict[Who, list[str]]

ANYBODY = Who()
RESIDENT = Who("resident")  # who has shown to hold a telephone number
OFFICER = Who("handler", "D15")
LEADER = Who("shift_leader", "C00")
DIRECTOR = Who("centre_director", "C00")
SEAT = Who("seat", "C00")
COUNTY = Who("county_leader", "L00")


@contextmanager
def opened(town: Town, who: Who, size: dict[str, int]) -> Iterator[Page]:
    """A browser of this person."""
    page = town.staff(who.role, who.unit, size, grid=who.grid) if who.unit else town.window(size)
    if who == RESIDENT:
        prove(page, town)
    try:
        yield page
    finally:
        page.context.close()


def prove(page: Page, town: Town) -> None:
    """What the code by text message leads to."""
    session = SessionStore()
    session[resident.SESSION_KEY] = str(Person.objects.order_by("pk")[0].pk)
    session.create()
    page.context.add_cookies([{"name": "sessionid", "value": session.session_key, "url": town.site}])


def residents(s: Scenes) -> list[str]:
    """What everybody may open."""
    followed = [f"/t/{s.token(name)}" for name in ("new", "joint", "rating", "closed", "triage", "long")]
    followed.append(f"/t/{s.token('closed')}/cover")
    words = ("小区门口的井盖坏了，夜里很危险。", "已换新井盖。")
    case = publishing.publish(s.number("closed"), *words, {}, s.by("shift_leader", "C00")).token
    public = ["/public/", "/public/cases", f"/public/cases/{case}"]
    return [
        "/",
        "/waiting",
        *(f"/offline/{name}" for name in ("waiting", "whistle", "grid")),
        "/whistle",
        "/track",
        "/guide",
        "/supervise",
        "/mine/sign-in",
        "/accounts/login/",
        "/accounts/inactive/",
        *followed,
        *public,
        *(f"{path}?lang=en" for path in public),
    ]


def staff(s: Scenes) -> Pages:
    """What a morning at the centre, in the units and on the ground looks like."""

    def case(name: str, command: str = "") -> str:
        return f"/work/cases/{s.number(name)}{command}"

    return {
        OFFICER: [
            "/work/inbox",
            case("new"),
            case("long"),
            case("new", "/report_in?subject=1"),
            *(case("handled", f"/{name}?subject=1") for name in ("claim_finished", "ask_extension")),
            "/work/digests/2026-04-15",
            f"/work/several?step=sign&case={s.number('new')}&case={s.number('handled')}",
            "/work/capacity",
            "/work/account",
            "/design",
        ],
        Who("handler", "D13"): [case("protected"), "/work/notices"],
        Who("liaison", "U02"): [case("joint"), case("joint", "/call_assist"), "/work/cases"],
        Who("section_head", "D15"): ["/work/list/approvals", case("approving", "/decide?subject=1")],
        Who("grid_chief", "S01-01", s.grid): ["/work/inbox", case("small", "/on_the_spot"), "/work/whistle"],
        Who("community_secretary", "S01-01"): [
            "/work/inbox",
            "/work/round",
            case("verifying", "/verify"),
            "/work/whistle",
        ],
        Who("street_clerk", "S01"): [
            "/work/inbox",
            "/work/councils",
            case("council", "/councils/1"),
            case("joint", "/convene"),
        ],
        SEAT: [
            "/work/inbox",
            case("triage"),
            case("triage", "/dispatch"),
            "/work/whistle",
            "/work/duplicates",
        ],
        LEADER: [
            "/work/cases",
            "/work/cases?item=MS-08&open=1",
            "/work/exports",
            case("ruling"),
            case("ruling", "/rule"),
            "/work/precedents",
            "/work/rulings",
            "/work/dispatch",
            "/work/dispatch/confirm",
            "/work/figures",
            "/work/figures/at_once?among=1",
            "/work/map",
            "/work/duty",
            "/work/exclusions",
            "/work/undelivered",
        ],
        Who("caller", "C00"): ["/work/inbox", case("elder", "/call_back"), case("elder", "/contact")],
        COUNTY: ["/work/leader", "/work/inbox", case("late"), "/work/wall"],
        DIRECTOR: ["/administration/packs", "/work/walls", "/work/charges", "/work/duty/work"],
        Who("system_admin", "C00"): ["/administration/packs", "/administration/watch"],
        Who("security_admin", "C00"): [
            "/administration/people",
            "/administration/people/new",
            f"/administration/people/{s.town.user('handler', 'D15').pk}",
            "/administration/erasure",
        ],
        Who("audit_admin", "J00"): ["/work/evidence", "/administration/watch"],
    }


def every(town: Town) -> Pages:
    """All of it, in a county where everything has happened."""
    s = play(town)
    pages = {ANYBODY: residents(s)} | staff(s)

    def more(who: Who, *paths: str) -> None:
        pages.setdefault(who, []).extend(paths)

    more(ANYBODY, f"/wall/{links.put_up('指挥大厅', s.by('centre_director', 'C00'), town.moment.at)}")
    more(ANYBODY, invitation.path(town.user("handler", "D31")), "/accounts/first/done/")
    more(ANYBODY, f"/arrive/{code_of(s.number('council'), 1)}")
    more(RESIDENT, "/", "/mine")
    given, hottest = hot(s)
    more(
        LEADER,
        "/work/hot-issues",
        f"/work/hot-issues/{hottest}",
        f"/work/topics/new?case={hottest}",
        "/work/topics",
        "/work/publications",
        f"/work/publications/{s.number('closed')}",
    )
    more(Who("liaison", "D13"), "/work/inbox", f"/work/topics/{given}")
    more(COUNTY, "/work/hot-issues?period=quarter", "/work/publications")
    to_sign, reviewed, meeting = supervise(s)
    more(
        Who("supervisor", "V00"),
        "/work/orders",
        "/work/orders/register",
        f"/work/orders/{reviewed}",
        "/work/instructions",
    )
    more(Who("unit_head", "D15"), "/work/head", f"/work/orders/{to_sign}", f"/work/meetings/{meeting}")
    more(DIRECTOR, "/work/meetings", f"/work/meetings/{meeting}", "/work/orders/new?unit=D15")
    more(COUNTY, f"/work/cases/{s.number('late')}/meeting", "/work/instructions")
    draft, rehearsal = rehearse(s)
    more(DIRECTOR, draft, rehearsal)
    more(Who("system_admin", "C00"), draft, f"{draft}/files/switches.toml")
    taught = precedent(s, "taught", "想问一下这个事到底归谁管", "MS-16", "D15", "county")
    more(LEADER, f"/work/precedents/{taught}")

    answer(s)
    more(ANYBODY, "/guide?q=身份证丢了怎么补", "/answers/1", f"/t/{s.token('asked')}")
    ways = "&".join(f"case={s.number(name)}" for name in ("denounce", "denounce2"))
    more(
        SEAT,
        "/work/list/triage",
        f"/work/cases/{s.number('denounce')}",
        f"/work/cases/{s.number('ask')}/answer?subject=0",
        f"/work/ways?{ways}&way=row:O01",
        "/work/answers/new",
        "/work/answers/1/edit",
    )
    more(LEADER, "/work/answers?list=published", "/work/answers?list=review", "/work/answers/1")

    published, drafted = brief(s)
    more(
        COUNTY,
        "/work/briefings",
        f"/work/briefings/{published}",
        f"/work/briefings/{published}/cases/now/finish_on_time",
    )
    more(Who("handler", "C00-1"), f"/work/briefings/{drafted}")
    code = score(s)
    more(COUNTY, "/work/scores", f"/work/scores/{code}")
    more(Who("unit_head", "D15"), f"/work/scores/{code}/D15", "/work/scores/mine", "/work/reminders")
    more(DIRECTOR, "/work/scores/appeals")
    more(SEAT, *alarm(s))
    return pages


def alarm(s: Scenes) -> list[str]:
    """An emergency that nobody signs; its banner stands above every page of the desk."""
    s.whistle("gas", "燃气味很大", item="MS-23")
    s.town.moment.passes(minutes=6)
    press.press(s.town.moment.at)
    step = Step.objects.filter(number=s.number("gas"), how="alarm").earliest("seq")
    return ["/work/inbox", "/work/alarms", f"/work/alarms/{step.number}/{step.seq}"]


def routes() -> set[str]:
    """The names of all addresses."""

    def walk(patterns: list[URLPattern | URLResolver], space: str = "") -> Iterator[str]:
        for one in patterns:
            if isinstance(one, URLResolver):
                yield from walk(one.url_patterns, f"{one.namespace}:" if one.namespace else space)
            elif one.name:
                yield space + one.name

    elsewhere = ("api:", "discipline:")  # no page; pages that are opened by a passphrase
    return {name for name in walk(get_resolver().url_patterns) if not name.startswith(elsewhere)}


def route(path: str) -> str:
    """The name of the address of this page."""
    return resolve(urlsplit(path).path).view_name


# Addresses that draw no page of their own: commands, parts of pages, files, data; `work` leads to another.
NO_PAGE = frozenset(
    """
    work account_logout size shapes grid_shapes wall_board resident_code resident_sign_out
    pack_approve pack_draft pack_propose pack_rehearse pack_retire
    person_factor person_grant person_invite person_revoke
    public:feed public:photo public:street_feed public:table
    resident:alike resident:erase resident:erase_by_link resident:manifest resident:photo resident:preview
    resident:say resident:standing resident:suggest resident:ticket resident:worker
    staff:acknowledge_alarm staff:ask_export staff:export_again staff:export_file staff:forget_filter
    staff:save_filter staff:alarm_banner staff:apart staff:briefing_command staff:briefing_draft
    staff:briefing_file staff:briefing_pick staff:briefing_write staff:confirmed staff:decide_publication
    staff:duty_note staff:duty_sign staff:duty_take staff:end_precedent staff:hot_issue_points
    staff:limit_precedent staff:log_call staff:map_cells staff:map_grids staff:map_near staff:meeting_command
    staff:meeting_document staff:note staff:order_command staff:order_document staff:photo staff:public_ranking
    staff:publish_article staff:publish_case staff:put_in_charge staff:put_up_wall staff:retry_messages
    staff:review_article staff:round_points staff:score_appeal staff:score_give staff:score_rule
    staff:settle_precedents staff:take_down_wall staff:topic_command staff:wall_board staff:withdraw_article
    """.split()  # noqa: SIM905 (one a line would be a page long)
)
# Pages that one comes to only step by step: test_every_page.py walks there.
ON_THE_WAY = {
    "account_change_password",
    "account_reauthenticate",
    *(
        f"mfa_{name}"
        for name in ("authenticate", "activate_totp", "view_recovery_codes", "generate_recovery_codes")
    ),
    *(f"mfa_{name}" for name in ("index", "deactivate_totp", "reauthenticate")),  # lead to one of these
}
