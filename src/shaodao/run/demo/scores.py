"""The scores of the demonstration: each month is reckoned, proposed, published and appealed against, by the same actions as
any, when only what had happened until then stood in the tables.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from shaodao.centre.scores import actions, models
from shaodao.centre.scores.month import Which
from shaodao.centre.scores.reckoning import period_of, reckon
from shaodao.county.pack.model import Pack
from shaodao.county.units import Kind
from shaodao.ground.ledger import sealer

from .people import Cast

MOST_APPEALS = 3  # a month
PLEAS = (
    "当天系统升级，现场已经到了，报到没有点上。",
    "那天全县停电两小时，签收和报到都登不上。",
    "这一件等的是厂家的配件，已向反映人说明。",
    "是群众临时改了约定的时间，通话有记录。",
    "当时正在处置另一件应急哨，人手已经报备。",
)
UPHELD = ("经核对记录属实，予以更正。", "调取了当天的值班记录，情况属实。")
REFUSED = ("时限内没有申请延期，维持原扣分。", "记录显示当天系统正常，维持原扣分。")


def publish(code: str, pack: Pack, cast: Cast, at: datetime, until: datetime, seed: int) -> None:
    """One month (2026-10), from reckoning to the rulings on appeals."""
    rng = Random(f"{seed}/scores/{code}")
    centre = next(unit.code for unit in pack.units.values() if unit.kind is Kind.CENTRE)
    deputy, director = (cast.pick(role, centre, rng) for role in ("centre_deputy", "centre_director"))
    if deputy is None or director is None:
        raise LookupError("nobody publishes scores")
    sealer.seal_all(at)
    reckoned = reckon(period_of(code, pack.zone), pack)
    actions.propose_reckoned(code, reckoned, sealer.size(), pack, deputy, at=at + timedelta(hours=2))
    actions.publish(code, director, at=at + timedelta(hours=6))
    taken = [e for e in reckoned.entries if e.number and e.points < 0]
    for entry in rng.sample(taken, min(len(taken), rng.randint(1, MOST_APPEALS))):
        roles = ("unit_head", "liaison", "street_head")
        by = next((found for role in roles if (found := cast.pick(role, entry.unit, rng))), None)
        filed_at = at + timedelta(days=1, minutes=rng.randrange(2000))
        if by is None or filed_at > until:
            continue
        which = Which(entry.unit, entry.rule, entry.number, entry.part)
        actions.appeal(code, which, rng.choice(PLEAS), by, at=filed_at)
        ruled_at = filed_at + timedelta(hours=rng.randint(20, 60))
        if ruled_at < until:
            upheld = rng.random() < 0.4
            id = models.Appeal.objects.filter(month=code).count()
            actions.rule(code, id, upheld, rng.choice(UPHELD if upheld else REFUSED), director, at=ruled_at)
