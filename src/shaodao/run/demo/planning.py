"""What is whistled in the demonstration, when, where and by whom: the plan of all arrivals, from one seed. Pure.

Each arrival is an ordinary `Whistle`, as intake gets it, and a `Truth` that only the people in the simulation act on:
what the matter really is, whoever may have guessed or picked something else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import accumulate
from random import Random
from zoneinfo import ZoneInfo

from shapely import Point

from shaodao.centre.cases.lifecycle.model import By
from shaodao.centre.dispatch.phrases import NONE, Phrases
from shaodao.centre.intake.filing import Whistle
from shaodao.county.pack.model import Pack
from shaodao.county.units import Kind

from . import wording
from .people import Cast, Citizen, citizens, homes

LOCAL = ZoneInfo("Asia/Shanghai")
YEARS = timedelta(days=730)
LARGE = 4000  # whistles in all: fewer have no matter of many
FRESH = timedelta(minutes=25)  # just before the end: what is still on the centre's desk
ALIKE_WITHIN = timedelta(days=75)  # two whistles of one person about one thing may know of each other


@dataclass(frozen=True, slots=True)
class Truth:
    """What a matter really is. `unit`: whose it is, where no item says so; `way`: what becomes of what no unit handles."""

    item: str = ""
    unit: str = ""
    way: str = ""  # answer · transfer · suggestion · decline · ruling
    to: str = ""  # transferred to; the reason of a decline
    asked: tuple[str, ...] = ()  # units asked for their views
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One whistle to come. `kind`: 吹哨主体; `citizen` is met by phone, `first` if for the first time."""

    index: int
    at: datetime
    kind: str
    whistle: Whistle
    truth: Truth
    grid: str
    by: By | None = None
    citizen: Citizen | None = None
    first: bool = False
    duplicate_of: int | None = None  # tells of the same thing as that arrival
    traits: frozenset[str] = frozenset()  # of what is about to happen to it, so much is certain
    pictures: tuple[str, str] | None = None  # of the turning out, and of the result
    matter: str = ""  # key of an ownerless matter: its first ruling decides the later ones
    family: int = -1
    number: str = ""


# Relative frequency; 1 where nothing is said. Summer, winter: factors in those seasons.
OFTEN = {
    "MS-03": 7, "MS-02": 6, "MS-13": 7, "MS-17": 6, "MS-06": 5, "MS-07": 3, "MS-05": 4, "MS-01": 3, "MS-09": 4,
    "MS-08": 4, "MS-20": 2.5, "MS-21": 1.5, "MS-15": 2, "MS-14": 1.2, "MS-16": 1.5, "MS-19": 1.6, "MS-27": 2, "MS-30": 1.5,
    "MS-31": 2.5, "MS-32": 2.5, "MS-35": 2, "MS-41": 1.2, "MS-46": 3, "MS-50": 1.5, "XZ-02": 4, "XZ-03": 2.5, "XZ-04": 3,
    "XZ-06": 3, "XZ-08": 2, "XZ-13": 2.5, "XZ-14": 2, "XZ-01": 1.5, "XZ-18": 1.5,
}  # fmt: skip
WINTER = {"MS-12": 16, "MS-22": 22, "XZ-16": 3, "MS-14": 0.6, "MS-15": 0.2, "XZ-07": 0.2, "MS-08": 0.5, "XZ-11": 0.1,
          "XZ-10": 0.2, "MS-11": 0, "MS-47": 0.2, "XZ-25": 0.2, "XZ-02": 0.5}  # fmt: skip
SPRING = {
    "XZ-24": 5,
    "XZ-25": 8,
    "MS-08": 2.2,
    "MS-12": 0.5,
    "MS-22": 0.6,
    "MS-48": 2,
    "MS-49": 2.5,
    "MS-11": 0.4,
}
SUMMER = {"MS-11": 9, "MS-51": 4, "MS-15": 3, "XZ-07": 6, "XZ-11": 3, "MS-02": 1.6, "MS-13": 1.4, "MS-12": 0, "MS-22": 0,
          "XZ-25": 0.2, "MS-47": 2.5, "MS-43": 2, "XZ-21": 2}  # fmt: skip
AUTUMN = {"XZ-25": 12, "XZ-24": 3, "MS-22": 6, "MS-12": 0.6, "MS-29": 1.6, "MS-11": 0.6, "MS-44": 2}
SEASONS = (*(WINTER,) * 2, *(SPRING,) * 3, *(SUMMER,) * 3, *(AUTUMN,) * 2, *(WINTER,) * 2)  # January first
MONTHS = (0.95, 0.8, 1.0, 1.1, 1.0, 1.05, 1.2, 1.15, 0.95, 1.05, 1.1, 1.1)
HOURS = (1, 0.5, 0.3, 0.3, 0.5, 1.5, 4, 8, 12, 12, 11, 8, 6, 8, 10, 10, 9, 8, 8, 8, 7, 6, 4, 2)
RURAL = frozenset({"XZ-21", "XZ-22", "XZ-23", "XZ-24", "XZ-25", "MS-29", "MS-48", "MS-49", "MS-51", "MS-25"})
URBAN = frozenset({"MS-01", "MS-03", "MS-16", "MS-17", "MS-19", "MS-22", "MS-27", "MS-04", "XZ-03", "XZ-05", "XZ-11",
                   "XZ-13", "XZ-14", "MS-20", "MS-06", "MS-24"})  # fmt: skip
# Taken for one another by people in a hurry.
CONFUSED = {
    "MS-02": "XZ-11", "XZ-02": "XZ-03", "XZ-03": "XZ-02", "MS-05": "MS-20", "MS-20": "MS-05", "MS-06": "MS-11",
    "MS-07": "MS-08", "MS-08": "MS-10", "MS-13": "XZ-08", "XZ-08": "MS-13", "MS-03": "XZ-13", "MS-17": "MS-13",
    "MS-09": "MS-21", "MS-21": "MS-09", "MS-01": "MS-50", "MS-50": "MS-01", "MS-46": "XZ-19", "MS-47": "XZ-26",
}  # fmt: skip
STAFF_ITEMS = (
    "XZ-02",
    "XZ-03",
    "MS-13",
    "MS-03",
    "XZ-25",
    "XZ-24",
    "MS-12",
    "XZ-07",
    "MS-15",
    "XZ-09",
    "MS-11",
    "MS-27",
)
# 吹哨主体 and way in, with their shares
CHANNELS = (
    (0.26, "app"), (0.17, "h5"), (0.11, "web"), (0.205, "grid"), (0.115, "street"), (0.02, "deputy"), (0.045, "desk_phone"),
    (0.012, "desk_walk_in"), (0.03, "12345"), (0.005, "110"), (0.015, "city"), (0.005, "rural"), (0.013, "video"),
)  # fmt: skip
PUBLIC = ("app", "h5", "web")
FOREIGN = tuple(wording.FOREIGN)


@dataclass(slots=True)
class _Maker:
    """Makes one arrival after the other, in the order of time."""

    pack: Pack
    phrases: Phrases
    cast: Cast
    people: Sequence[Citizen]
    rng: Random
    urban: list[str] = field(default_factory=list)
    rural: list[str] = field(default_factory=list)
    streets: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.urban, self.rural = homes(self.pack)
        local = (Kind.STREET, Kind.TOWNSHIP, Kind.ZONE)
        self.streets = [u.code for u in self.pack.units.values() if u.kind in local]

    def arrival(self, index: int, at: datetime, doubtful: float = 0.07) -> Arrival:
        """An ordinary arrival; `doubtful` is the share of words that only a person understands."""
        rng = self.rng
        channel = rng.choices([c for _, c in CHANNELS], [w for w, _ in CHANNELS])[0]
        item = self._item(at, STAFF_ITEMS if channel == "video" else None)
        luck = rng.random()
        if channel in (*PUBLIC, "desk_phone", "12345") and luck < 0.045:
            text, truth = self._off_manual()
        elif channel in PUBLIC and luck < 0.05:
            text, truth = self._blamed()
        elif channel in PUBLIC and luck < 0.058:
            text, truth = (
                self._fill(rng.choice(wording.VAGUE)),
                Truth(item, "", "decline", rng.choice(DECLINED)),
            )
        else:
            vague = channel in (*PUBLIC, "desk_phone") and luck > 1 - doubtful
            text, truth = (self._fill(rng.choice(wording.VAGUE)) if vague else ""), Truth(item)
        return self._said(index, at, channel, item, text, truth)

    def ownerless(self, index: int, at: datetime, matter: str, grid: str) -> Arrival:
        """An arrival about a matter that no item names."""
        rng = self.rng
        _, words, asked, owner, basis = next(m for m in wording.OWNERLESS if m[0] == matter)
        truth = Truth(unit=owner, way="ruling", asked=asked, basis=basis)
        made = self._said(index, at, rng.choice(PUBLIC), "MS-08", self._fill(words), truth, grid)
        return replace(made, matter=matter)

    def showing(self, index: int, at: datetime, trait: str, item: str) -> Arrival:
        """An arrival to which something rare is about to happen."""
        channel = "street" if trait == "wrongful" else self.rng.choice(PUBLIC)
        truth = Truth(item, way="decline", to="in_court") if trait == "decline" else Truth(item)
        text = self._fill(self.rng.choice(wording.VAGUE)) if trait == "decline" else ""
        near = (
            self.cast.chiefs[0][1] if not trait else ""
        )  # verified by the community whose secretary can sign in
        made = self._said(index, at, channel, item, text, truth, near)
        picked = replace(made.whistle, item="" if trait == "decline" else item)
        return replace(made, whistle=picked, traits=frozenset({trait}))

    def twin(self, index: int, first: Arrival) -> Arrival:
        """Somebody else tells of the same thing a little later."""
        at = first.at + timedelta(minutes=self.rng.randint(15, 300))
        item = first.truth.item
        made = self._said(index, at, self.rng.choice(PUBLIC), item, "", Truth(item), first.grid)
        whistle = replace(made.whistle, place=first.whistle.place, item=first.whistle.item)
        return replace(made, whistle=whistle, duplicate_of=first.index)

    def again(self, index: int, first: Arrival, at: datetime) -> Arrival:
        """The same person about the same thing, weeks later."""
        whistle = replace(first.whistle, text=f"上次反映过，{self._sentence(first.truth.item, first.grid)}")
        if whistle.system:
            whistle = replace(whistle, external_id=f"{whistle.external_id}-2", external_due=None)
        return replace(first, index=index, at=at, whistle=whistle, duplicate_of=None)

    def shared(self, index: int, at: datetime, item: str, text: str, grid: str) -> Arrival:
        """One of many who say the same of one place."""
        made = self._said(index, at, self.rng.choice(PUBLIC), item, text, Truth(item), grid)
        return replace(made, whistle=replace(made.whistle, item=item, place={"grid": grid}))

    # --- private ---

    def _said(
        self, index: int, at: datetime, channel: str, item: str, text: str, truth: Truth, grid: str = ""
    ) -> Arrival:
        rng = self.rng
        by, grid = self._whistler(channel, grid or self._grid_for(item))
        citizen: Citizen | None = None
        found = channel == "video" or (channel in ("grid", "street") and rng.random() < 0.45)
        anonymous = channel in PUBLIC and rng.random() < 0.09
        if channel != "deputy" and not found and not anonymous:
            citizen = rng.choice(self.people)
        text = text or self._sentence(truth.item, grid)
        opening = {"desk_phone": wording.CALLER, "video": wording.VIDEO} | wording.FOREIGN
        whistle = Whistle(
            text=opening.get(channel, "") + text,
            place=self._place(channel, item, grid),
            item=self._picked(channel, truth),
            channel=channel,
            staff_found=found,
            anonymous=anonymous and by is not None,
        )
        if citizen and by is None:
            whistle = replace(whistle, phone=citizen.phone, name=citizen.name)
        elif citizen:
            whistle = replace(whistle, on_behalf_of={"name": citizen.name, "phone": citizen.phone})
        if channel in FOREIGN:
            due = at + timedelta(days=rng.choice((3, 5, 7))) if rng.random() < 0.5 else None
            whistle = replace(
                whistle,
                system=channel,
                external_id=f"{channel.upper()}-{at:%Y%m}-{index:06d}",
                external_due=due,
            )
        kind = KINDS.get(channel, "staff" if by else "public")
        return Arrival(index, at, kind, whistle, truth, grid, by, citizen)

    def _whistler(self, channel: str, grid: str) -> tuple[By | None, str]:
        """Who whistles, and where: a grid chief in the own grid."""
        rng, cast = self.rng, self.cast
        if channel in PUBLIC:
            return None, grid
        if channel == "grid":
            actor, own = rng.choice(cast.chiefs)
            return By(actor, "grid_chief", own), own
        if channel == "street":
            township = self.pack.tree.local_of(self.pack.places[grid].unit)
            assert township is not None
            return cast.pick("street_clerk", township.code, rng), grid
        if channel == "deputy":
            return cast.pick("deputy", "X00", rng), grid
        if channel == "video":
            at = rng.choice([u.code for u in self.pack.units.values() if u.stationed])
            return cast.pick("stationed", at, rng), grid
        return cast.pick("seat", "C00", rng), grid

    def _item(self, at: datetime, among: Sequence[str] | None = None) -> str:
        day = at.astimezone(LOCAL).date()
        season = SEASONS[day.month - 1]
        codes = among or list(self.pack.items_on(day))
        return self.rng.choices(codes, [OFTEN.get(c, 1) * season.get(c, 1) + 1e-9 for c in codes])[0]

    def _grid_for(self, item: str) -> str:
        share = 0.95 if item in URBAN else 0.1 if item in RURAL else 0.62
        return self.rng.choice(self.urban if self.rng.random() < share else self.rural)

    def _place(self, channel: str, item: str, grid: str) -> dict[str, object] | None:
        rng = self.rng
        if item and not self.pack.items[item].needs_place and rng.random() < 0.7:
            return None
        if channel in ("desk_phone", "desk_walk_in", "12345", "110"):
            place = self.pack.places[grid]
            above = [p.name for p in self.pack.places.ancestors(grid)]
            return {"address": f"{above[1]}{above[0]}{place.name}"} if rng.random() < 0.9 else None
        if channel == "grid" and rng.random() < 0.4:
            return {"grid": grid}
        lon, lat = self._point_in(grid)
        return {"lon": lon, "lat": lat, "crs": "WGS-84"}

    def _point_in(self, grid: str) -> tuple[float, float]:
        shape = self.pack.places[grid].shape
        assert shape is not None
        west, south, east, north = shape.bounds
        for _ in range(12):
            lon, lat = self.rng.uniform(west, east), self.rng.uniform(south, north)
            if shape.contains(Point(lon, lat)):
                return round(lon, 6), round(lat, 6)
        inside = shape.representative_point()
        return round(inside.x, 6), round(inside.y, 6)

    def _picked(self, channel: str, truth: Truth) -> str:
        """The item that whoever whistles has picked, rightly or not; the words must tell where they picked none."""
        if not truth.item or truth.way:
            return ""
        luck = self.rng.random()
        picks = 0.75 if channel in ("grid", "street", "video", "desk_walk_in", "city") else 0.25
        if luck > picks:
            return ""
        wrong = CONFUSED.get(truth.item, "")
        return wrong if wrong and luck < picks * 0.07 else truth.item

    def _sentence(self, item: str, grid: str) -> str:
        above = next(iter(self.pack.places.ancestors(grid)))
        names = {"village": [above.name]} if self.pack.places[grid].kind == "village" else {}
        return self.phrases.sentence(item, self.rng, names)

    def _fill(self, sentence: str) -> str:
        return self.phrases.fill(sentence, self.rng)

    def _off_manual(self) -> tuple[str, Truth]:
        if self.rng.random() < 0.3:
            return self.phrases.sentence(NONE, self.rng), Truth(way="answer")
        code = self.rng.choice(list(wording.OFF_MANUAL))
        entry = self.pack.off_manual[code]
        text = self._fill(self.rng.choice(wording.OFF_MANUAL[code]))
        if entry.way == "unit":
            return text, Truth(unit=entry.to or "")
        return text, Truth(way=entry.way.value, to=entry.to or "")

    def _blamed(self) -> tuple[str, Truth]:
        unit = self.pack.units[self.rng.choice(("D13", "D15", "D27", "D22", "D14", "U02"))]
        text = self.rng.choice(wording.BLAMED).format(unit=unit.short)
        return text, Truth(unit="D07" if unit.code == "D27" else "D27")


# What is shown to be under way at the end: (what, item, how many days before)
SHOWN = (
    *(("shirks", item, 0.8) for item in ("MS-17", "XZ-05", "MS-46", "XZ-18", "MS-08")),
    *(
        ("convenes", item, days)
        for item, days in (("XZ-01", 3), ("MS-01", 1.5), ("XZ-08", 0.9), ("MS-04", 2))
    ),
    *(("goes up", item, 1.2) for item in ("MS-13", "MS-17", "MS-15")),
    *(("to the county", item, days) for item, days in (("MS-04", 5), ("MS-24", 6), ("XZ-22", 8))),
    *(("plans", item, days) for item, days in (("MS-04", 4), ("MS-24", 5), ("MS-25", 3))),
    *(("extends", item, days) for item in ("MS-08", "XZ-05", "MS-16", "MS-10") for days in (7.5, 8.5, 9.5)),
    *(("extends", item, 3.5) for item in ("MS-09", "MS-02")),
    *(("", item, days) for item in ("XZ-02", "XZ-03", "XZ-04", "MS-03") for days in (0.6, 0.9)),
    *(("wrongful", item, 2) for item in ("MS-13", "XZ-06", "MS-15")),
    *(("decline", item, 0.7) for item in ("MS-32", "MS-24")),
    *(("calls help", item, 1) for item in ("XZ-01", "MS-02")),
)
KINDS = {"grid": "grid", "street": "street", "deputy": "deputy"}
*RULED, UNRULED = [matter[0] for matter in wording.OWNERLESS]
DECLINED = ("in_court", "untrue", "beyond_duty")


def plan(
    pack: Pack, phrases: Phrases, cast: Cast, *, seed: int, count: int, until: datetime
) -> list[Arrival]:
    """`count` arrivals over the two years before `until`, in the order of time, each with its number and family:
    arrivals of one family may touch each other, others never do."""
    rng = Random(f"plan/{seed}")
    maker = _Maker(pack, phrases, cast, citizens(max(count * 5 // 8, 20), pack, rng), rng)
    shown = SHOWN if count >= 4 * len(SHOWN) else ()
    said = wording.SHARED if count >= LARGE else ()
    many = sum(len(days) for _, days, _ in said)
    ordinary = count - count // 40 - count // 60 - _matters(count) - len(shown) - many
    moments = _moments(rng, ordinary, until)
    found = [maker.arrival(i, at, 0.8 if until - at < FRESH else 0.07) for i, at in enumerate(moments)]
    linked: dict[int, int] = {}
    index = len(found)

    def add(made: Arrival, first: Arrival) -> None:
        nonlocal index
        linked[index] = first.index
        found.append(made)
        index += 1

    whole = [a for a in found if a.truth.item and not a.truth.way and a.whistle.place and a.citizen]
    for _ in range(count // 40):
        first = rng.choice(whole)
        add(maker.twin(index, first), first)
    for _ in range(count // 60):
        first = rng.choice(whole)
        add(maker.again(index, first, first.at + timedelta(days=rng.uniform(12, 45))), first)
    for trait, item, days in shown:
        at = until - timedelta(days=days, minutes=rng.randint(0, 400))
        made = maker.showing(index, at, trait, item)
        add(made, made)
    start = until - YEARS
    for n in range(_matters(count)):
        matter = RULED[n % len(RULED)]
        at = start + timedelta(days=60 + 550 * n / _matters(count) + rng.uniform(0, 20))
        if n >= _matters(count) - 2:  # one that a precedent will decide, and one that waits for its ruling
            at = until - timedelta(hours=rng.uniform(15, 20))
            matter = UNRULED if n == _matters(count) - 1 else matter
        before = next((a for a in found if a.matter == matter), None)
        grid = before.grid if before and rng.random() < 0.5 else rng.choice(maker.urban)
        made = maker.ownerless(index, at, matter, grid)
        add(made, before or made)
    for item, ago_days, texts in said:
        grid = rng.choice(maker.urban)
        for n, ago in enumerate(ago_days):
            at = until - timedelta(days=ago, minutes=rng.randint(0, 600))
            made = maker.shared(index, at, item, texts[n % len(texts)], grid)
            add(made, made)
    whole_seconds = (replace(a, at=a.at.replace(microsecond=0)) for a in found if a.at <= until)
    kept = sorted(whole_seconds, key=lambda a: (a.at, a.index))
    return _numbered(kept, linked)


def _matters(count: int) -> int:
    return max(len(wording.OWNERLESS), count // 260)


def _moments(rng: Random, count: int, until: datetime) -> list[datetime]:
    """Moments over two years: more by day, on workdays, in busy months, and later more than at first; some fresh."""
    start = (until - YEARS).astimezone(LOCAL).date()
    days = [start + timedelta(days=n) for n in range(YEARS.days + 1)]
    weights = list(accumulate(_busy(day, n) for n, day in enumerate(days)))
    fresh = min(count // 4, max(6, count // 700))
    found = [until - FRESH * rng.random() for _ in range(fresh)]
    while len(found) < count:
        day = rng.choices(days, cum_weights=weights)[0]
        hour = rng.choices(range(24), HOURS)[0]
        at = datetime(day.year, day.month, day.day, hour, rng.randrange(60), rng.randrange(60), tzinfo=LOCAL)
        if until - YEARS <= at < until - FRESH:
            found.append(at)
    return sorted(at.astimezone(until.tzinfo).replace(microsecond=0) for at in found)


def _busy(day: date, n: int) -> float:
    return MONTHS[day.month - 1] * (0.7 if day.isoweekday() > 5 else 1.0) * (0.75 + 0.5 * n / YEARS.days)


def _numbered(arrivals: list[Arrival], linked: dict[int, int]) -> list[Arrival]:
    """Numbers as the gate gives them, and families: what is linked, and what one person says of one thing in one grid."""
    root: dict[int, int] = {a.index: a.index for a in arrivals}

    def top(index: int) -> int:
        while root[index] != index:
            index = root[index]
        return index

    def join(one: int, other: int) -> None:
        if one in root and other in root:
            root[max(top(one), top(other))] = min(top(one), top(other))

    for one, other in linked.items():
        join(one, other)
    said: dict[tuple[str, str], Arrival] = {}
    for arrival in arrivals:
        if not (requester := _requester(arrival)):
            continue
        before = said.get(key := (requester, arrival.grid))
        if before and arrival.at - before.at < ALIKE_WITHIN:
            join(before.index, arrival.index)
        said[key] = arrival
    met: set[str] = set()
    numbered = []
    for n, arrival in enumerate(arrivals, 1):
        first = arrival.citizen is not None and arrival.citizen.id not in met
        if arrival.citizen:
            met.add(arrival.citizen.id)
        number = f"{arrival.at.astimezone(LOCAL):%y%m%d}{n:06d}"
        numbered.append(replace(arrival, number=number, family=top(arrival.index), first=first))
    return numbered


def _requester(arrival: Arrival) -> str:
    if arrival.citizen:
        return arrival.citizen.id
    return arrival.by.actor if arrival.by and not arrival.whistle.staff_found else ""
