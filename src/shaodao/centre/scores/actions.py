"""The one door for scores: permit, lock, load, decide, append, write the rows, tell; in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from shaodao.centre.assessment.positions import past
from shaodao.centre.cases import permissions
from shaodao.centre.cases.actions import DIRECT, Source, context_of, drafts_of, now
from shaodao.centre.cases.compose import needed_words_of
from shaodao.centre.cases.lifecycle.model import By, Kept
from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.centre.scores import models, month, projection
from shaodao.centre.scores.month import Event, Month, Which
from shaodao.centre.scores.projection import MONTHS
from shaodao.centre.scores.reckoning import Reckoned, period_of, reckon
from shaodao.centre.scores.scoring import Entry, Standing, standings
from shaodao.county.pack import versions
from shaodao.county.pack.model import Pack
from shaodao.county.units import Kind
from shaodao.ground.ledger import sealer, store, vault
from shaodao.ground.messages import outbox

LONGEST_WORDS = 2000
RANKINGS: dict[Kind, str] = {
    Kind.DEPARTMENT: "department",
    Kind.UTILITY: "utility",
    Kind.STREET: "street",
    Kind.TOWNSHIP: "township",
    Kind.ZONE: "township",
    Kind.CENTRE: "centre",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """A published month that reckons otherwise now; `found` is its digest, `published` that of the record."""

    code: str
    published: str
    found: str


def propose(code: str, by: By, *, source: Source = DIRECT, at: datetime | None = None) -> Month:
    """Reckon a month that is over at the position the ledger has reached, by the rules in force at its end, and propose it.

    Raises permissions.Forbidden, Refusal."""
    moment = at or now()
    pack = versions.current(moment)
    _permit(by, "propose", "", pack)
    period = period_of(code, pack.zone)
    if period.until > moment:
        raise Refusal("month_not_over")
    rules = versions.current(period.until - timedelta(seconds=1))
    position = sealer.size()
    with past() as then:
        then.go(position)
        reckoned = reckon(period, rules)
    return propose_reckoned(code, reckoned, position, rules, by, source=source, at=moment)


def propose_reckoned(
    code: str,
    reckoned: Reckoned,
    position: int,
    rules: Pack,
    by: By,
    *,
    source: Source = DIRECT,
    at: datetime | None = None,
) -> Month:
    """As `propose`, where the month was reckoned at this position already. Raises Refusal."""

    def decide(found: Month, moment: datetime) -> Event:
        made = month.propose(found, by, position, rules.version, reckoned.digest)
        projection.write_entries(code, reckoned.entries, reckoned.cases)
        return made

    return _give(code, by, decide, source=source, at=at)


def reject(code: str, words: str, by: By, *, source: Source = DIRECT, at: datetime | None = None) -> Month:
    """Send a proposal back. Raises permissions.Forbidden, Refusal."""
    _permit(by, "reject", "", versions.current(at or now()))
    secret = needed_words_of("scores", words, LONGEST_WORDS, by.actor)
    return _give(
        code, by, lambda found, _: month.reject(found, by, Kept(secret.commitment)), [secret], source, at
    )


def publish(code: str, by: By, *, source: Source = DIRECT, at: datetime | None = None) -> Month:
    """By somebody else than who proposed. Raises permissions.Forbidden, Refusal."""
    pack = versions.current(at or now())
    _permit(by, "publish", "", pack)
    centre = next(unit.code for unit in pack.units.values() if unit.kind is Kind.CENTRE)

    def decide(found: Month, moment: datetime) -> Event:
        until = pack.calendar_of(centre).add(moment, pack.settings.queues.appeal)
        return month.publish(found, by, until)

    return _give(code, by, decide, source=source, at=at)


def appeal(
    code: str, against: Which, words: str, by: By, *, source: Source = DIRECT, at: datetime | None = None
) -> Month:
    """Contest one entry of one's own unit. Raises permissions.Forbidden, Refusal."""
    pack = versions.current(at or now())
    _permit(by, "appeal", against.unit, pack)
    entry = entry_of(code, against)
    if entry is None:
        raise Refusal("field_wrong", field="entry")
    secret = needed_words_of("scores", words, LONGEST_WORDS, by.actor)

    def decide(found: Month, moment: datetime) -> Event:
        made = month.file_appeal(found, by, against, Kept(secret.commitment), moment)
        if _given_back(entry, versions.load_version(found.pack)) <= 0:
            raise Refusal("field_wrong", field="entry")
        return made

    return _give(code, by, decide, [secret], source, at)


def rule(
    code: str,
    id: int,
    upheld: bool,
    words: str,
    by: By,
    *,
    source: Source = DIRECT,
    at: datetime | None = None,
) -> Month:
    """Uphold an appeal, which gives back what the entry took (of a share: what it lacks), or refuse it.

    Raises permissions.Forbidden, Refusal."""
    pack = versions.current(at or now())
    filed = models.Appeal.objects.filter(month=code, appeal=id).first()
    if filed is None:
        raise Refusal("not_now")
    _permit(by, "rule", filed.unit, pack)
    secret = needed_words_of("scores", words, LONGEST_WORDS, by.actor)
    entry = entry_of(code, Which(filed.unit, filed.rule, filed.number, filed.part))
    assert entry
    rules = versions.load_version(models.Month.objects.get(code=code).pack)
    back = _given_back(entry, rules)

    def decide(found: Month, moment: datetime) -> Event:
        return month.rule_appeal(found, by, id, upheld, back, Kept(secret.commitment))

    return _give(code, by, decide, [secret], source, at)


def _given_back(entry: Entry, rules: Pack) -> int:
    """What an upheld appeal gives; nothing or less where the entry took nothing."""
    full = next(rule.points for rule in rules.score_rules if rule.code == entry.rule)
    return -entry.points if entry.number else full - entry.points


# --- looking -----------------------------------------------------------------------------------------------------


def entry_of(code: str, which: Which) -> Entry | None:
    rows = models.Entry.objects.filter(
        month=code, unit=which.unit, rule=which.rule, number=which.number, part=which.part
    )
    return next(
        (Entry(r.unit, r.rule, r.number, r.part, r.points, r.counted, r.of, r.at) for r in rows), None
    )


def ranking(code: str, pack: Pack) -> list[Standing]:
    """The standings of a month with what appeals put right. Three statements."""
    points: dict[str, int] = {}
    for unit, given in models.Entry.objects.filter(month=code).values_list("unit", "points"):
        points[unit] = points.get(unit, 0) + given
    for unit, back in models.Appeal.objects.filter(month=code, upheld=True).values_list("unit", "points"):
        points[unit] = points.get(unit, 0) + back
    cases = dict(models.Count.objects.filter(month=code).values_list("unit", "cases"))
    return standings(
        points, cases, lambda unit: RANKINGS[pack.units[unit].kind], pack.settings.numbers.ranking_cases
    )


def year(code: str, pack: Pack) -> list[Standing]:
    """The standings of a year: the mean of its published months, over the months in which a unit was scored."""
    months = list(
        models.Month.objects.filter(code__startswith=f"{code}-", state="published").values_list(
            "code", flat=True
        )
    )
    totals: dict[str, list[int]] = {}
    cases: dict[str, int] = {}
    for each in months:
        for standing in ranking(each, pack):
            totals.setdefault(standing.unit, []).append(standing.points)
            cases[standing.unit] = cases.get(standing.unit, 0) + standing.cases
    means = {unit: round(sum(points) / len(points)) for unit, points in totals.items()}
    least = pack.settings.numbers.ranking_cases * max(1, len(months))
    return standings(means, cases, lambda unit: RANKINGS[pack.units[unit].kind], least)


# --- reckoning again ---------------------------------------------------------------------------------------------


def recompute(codes: Sequence[str] = ()) -> Iterator[tuple[str, Difference | None]]:
    """Every proposed or published month (or these), reckoned again from the ledger at its position by its own rules; each
    with how it differs from what was published."""
    rows = models.Month.objects.exclude(state="").order_by("position", "code")
    with past() as then:
        for row in rows.filter(code__in=codes) if codes else rows:
            then.go(row.position)
            rules = versions.load_version(row.pack)
            found = reckon(period_of(row.code, rules.zone), rules).digest
            yield row.code, None if found == row.digest else Difference(row.code, row.digest, found)


# --- private -----------------------------------------------------------------------------------------------------


def _permit(by: By, what: str, unit: str, pack: Pack) -> None:
    if not permissions.may_score(by, what, unit, pack):
        raise permissions.Forbidden(what)


def _give(
    code: str,
    by: By,
    decide: Callable[[Month, datetime], Event],
    secrets: Sequence[vault.Secret] = (),
    source: Source = DIRECT,
    at: datetime | None = None,
) -> Month:
    moment = at or now()
    with transaction.atomic():
        found, heads = MONTHS.lock(code)
        event = decide(found, moment)
        after = month.evolve(found, event, moment)
        vault.insert(secrets, moment)
        store.append(
            [(MONTHS.stream(code), drafts_of([(event, moment)]))], context_of(by, source), moment, heads
        )
        MONTHS.write([(code, found, after)])
        outbox.post_many(_notices(code, after, event), moment)
    return after


def _notices(code: str, after: Month, event: Event) -> list[outbox.Message]:
    """Units learn that a month is out; the centre of an appeal, and who appealed of the ruling."""
    match event:
        case month.ScoresPublished():
            units = models.Count.objects.filter(month=code).values_list("unit", flat=True)
            template, recipients = "scores_published", [f"unit:{unit}" for unit in units]
        case month.AppealFiled():
            template, recipients = "scores_appealed", [f"role:centre_director@{_centre()}"]
        case month.AppealRuled():
            filed = after.appeal(event.appeal)
            template, recipients = "scores_appeal_ruled", [filed.by.actor] if filed else []
        case _:
            return []
    return outbox.to_each(template, recipients, {"month": code}, f"scores:{code}:{after.version}")


def _centre() -> str:
    return next(unit.code for unit in versions.current().units.values() if unit.kind is Kind.CENTRE)
