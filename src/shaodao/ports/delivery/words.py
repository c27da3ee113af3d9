"""The words of messages that leave the house. A resident's SMS says everything without its link; names, numbers and what
anybody wrote are in none of them, but for the answer to a question, which goes to whoever asked it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from shaodao.centre.cases import actions, queries
from shaodao.centre.cases.lifecycle import events as e
from shaodao.centre.intake import gate
from shaodao.centre.pressing import gathering
from shaodao.county.pack.model import Pack
from shaodao.county.people import holders
from shaodao.ground.ledger import store
from shaodao.ground.ledger.events import Stream
from shaodao.ground.messages.adapters import Outbound
from shaodao.ports.delivery.configuration import Configuration

LONGEST_ANSWER = 200
NAMED = 5  # cases in a digest

RESIDENT = {
    "dispatched": "您反映的问题（编号 {number}）已派给{unit}办理。",
    "answered": "您反映的问题（编号 {number}）已答复。{answer}",
    "transferred": "您反映的问题（编号 {number}）已转送{to}办理{receipt}。",
    "declined": "您反映的问题（编号 {number}）不予受理。不同意的，可以申请复核一次{call}。",
    "please_rate": "您反映的问题（编号 {number}）已办完并核查通过。请评价：解决了吗？满意吗？不上网的，等中心回访时说就行。",
    "closed": "您反映的问题（编号 {number}）已结案。没修好或又坏了，说一声就接着办{call}。",
    "merged": "您反映的问题（编号 {number}）与 {into} 是同一件，已合并办理，进展照样告诉您。",
    "shelved": "您反映的问题（编号 {number}）已列入计划，暂缓办理，办理时再告诉您。",
    "extension_granted": "您反映的问题（编号 {number}）延长了办理期限。",
    "shelving_granted": "您反映的问题（编号 {number}）已列入计划，暂缓办理。",
    "phone_code": "验证码 {code}，5 分钟内有效。工作人员不会向您要验证码。",
}
LINKLESS = {"phone_code"}

STAFF = {
    "pressing": "哨件 {number}：{words}",
    "digest": "今日催办 {count} 件：{numbers}。",
    "duty_given": "新办件 {number}，请按时签收、报到。",
    "to_approve": "哨件 {number} 有事项等您审批。",
    "summoned": "街道发来哨单，哨件 {number}，请按时到场会商。",
    "reworked": "哨件 {number} 退回重办。",
    "view_asked": "哨件 {number} 要确权，请在时限内反馈意见。",
    "keep_informed": "哨件 {number}：下一个单位签收之前，请继续向反映人说明进展。",
    "raised": "哨件 {number} 提请县级处理。",
    "overdue": "哨件 {number} 已超期。",
}
OTHERWISE = "哨件 {number} 有新消息。"


def text(message: Outbound, config: Configuration, pack: Pack) -> str:
    """What is said to the recipient of a message, signature and link included."""
    if message.recipient.startswith("person:"):
        return _resident(message, config, pack)
    return _staff(message, config, pack)


def _resident(message: Outbound, config: Configuration, pack: Pack) -> str:
    params = message.params
    known: dict[str, Any] = dict(params)
    known["unit"] = _short(str(params.get("unit", "")), pack)
    known["receipt"] = f"，回执 {params['receipt']}" if params.get("receipt") else ""
    if message.template == "answered":
        known["answer"] = _answer(str(params["number"]))
    known["call"] = f"，打 {pack.telephone} 就行" if pack.telephone else ""
    words = RESIDENT.get(message.template, "您反映的问题（编号 {number}）有新进展。").format_map(
        _Blank(known)
    )
    signature = config.signature or f"{pack.name}城乡基层治理服务中心"
    return f"【{signature}】{words}{_link(message, config)}"


def _link(message: Outbound, config: Configuration) -> str:
    """The link by which whoever reported follows the case, without signing in."""
    number = message.params.get("number")
    if not config.site or not number or message.template in LINKLESS:
        return ""
    return f" {config.site}/t/{gate.token_of(str(number), int(message.params.get('seat', 0)))}"


def _staff(message: Outbound, config: Configuration, pack: Pack) -> str:
    params = dict(message.params)
    if message.template == gathering.DIGEST:
        params |= _digest(message)
    words = STAFF.get(message.template, OTHERWISE).format_map(_Blank(params))
    head = "【应急】" if params.get("urgent") else "【哨到】"
    unit = _short(str(params.get("unit", "")), pack)
    return f"{head}{words}{f'（{unit}）' if unit else ''}{f' {config.site}' if config.site else ''}"


def _digest(message: Outbound) -> dict[str, Any]:
    kind, _, id = message.recipient.partition(":")
    names = holders.names_of(int(id), message.at) if kind == "user" else [message.recipient]
    rows = gathering.gathered(names, date.fromisoformat(str(message.params["day"])))
    numbers = list(dict.fromkeys(str(row.params["number"]) for row in rows))
    more = "等" if len(numbers) > NAMED else ""
    return {"count": len(numbers), "numbers": "、".join(numbers[:NAMED]) + more}


def _answer(number: str) -> str:
    """The answer itself to a question that may be anybody's; whoever looks at the telephone reads it."""
    case = actions.load(number)
    if case.nature != "ask" or case.sensitive or case.against:
        return ""
    said = answer_of(number)
    return said if len(said) <= LONGEST_ANSWER else f"{said[:LONGEST_ANSWER]}……"


def answer_of(number: str) -> str:
    """The words of the last answer in a case, "" where there is none or it was erased."""
    recorded = store.history(Stream("case", number))
    given = [str(each.payload.get("words", "")) for each in recorded if each.type == e.Answered.__name__]
    return queries.read_words(given[-1:]).get(given[-1], "") if given else ""


def _short(code: str, pack: Pack) -> str:
    unit = pack.units.get(code)
    return unit.short if unit else code


class _Blank(dict[str, Any]):
    """Parameters of a template; one that is missing leaves nothing."""

    def __init__(self, params: Mapping[str, Any]) -> None:
        super().__init__(params)

    def __missing__(self, key: str) -> str:
        return ""
