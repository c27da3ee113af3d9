"""What the forms of commands say: labels, help and choices, by field and by command. Data only."""

from __future__ import annotations

from dataclasses import dataclass

LABELS: dict[str, str] = {
    "words": "情况说明",
    "basis": "依据",
    "kind": "依据的类别",
    "reasons": "理由",
    "minutes": "会议纪要",
    "lead": "主办单位",
    "assists": "协办单位",
    "to": "交给哪个单位",
    "units": "单位",
    "unit": "单位",
    "item": "事项",
    "situation": "情形",
    "nature": "诉求性质",
    "reason": "原因",
    "until": "到什么时候",
    "meet_at": "集合时间",
    "persons": "到场人数",
    "mode": "报到方式",
    "way": "办结方式",
    "section": "科室或站所",
    "handler": "经办人",
    "source": "答复依据",
    "receipt": "回执编号",
    "scope": "适用范围",
    "into": "并入哪一件",
    "leader": "牵头县领导",
    "village": "在哪个社区或村",
}

# Where a command calls a field something else.
LABELS_OF: dict[tuple[str, str], str] = {
    ("dispatch", "words"): "给承办单位的话",
    ("summarise", "words"): "核对过的摘要",
    ("answer", "words"): "答复内容",
    ("transfer", "to"): "转送给谁",
    ("transfer", "words"): "转送说明",
    ("send_to_ruling", "units"): "请哪些单位说明",
    ("send_to_ruling", "words"): "要他们说明什么",
    ("state_view", "basis"): "职责依据",
    ("state_view", "kind"): "依据是哪一类",
    ("state_view", "words"): "补充说明",
    ("rule", "basis"): "确权依据",
    ("rule", "kind"): "依据是哪一类",
    ("rule", "reasons"): "确权理由",
    ("rule", "until"): "判例用到什么时候",
    ("rule", "words"): "对承办单位的要求",
    ("redispatch", "words"): "转派说明",
    ("verify", "words"): "核查情况",
    ("call_back", "words"): "通话情况",
    ("close", "words"): "结案说明",
    ("reveal_identity", "unit"): "告知哪个单位",
    ("report_in", "words"): "现场情况",
    ("make_safe", "words"): "采取了什么措施",
    ("reach_milestone", "words"): "办到哪一步",
    ("call_assist", "to"): "请哪个单位",
    ("call_assist", "words"): "要对方做什么",
    ("finish_part", "words"): "办理情况",
    ("claim_finished", "words"): "办理结果",
    ("file_for_penalty", "until"): "法定办结日期",
    ("ask_return", "words"): "理由和依据",
    ("ask_extension", "until"): "延长到",
    ("ask_extension", "words"): "具体情况和下一步安排",
    ("ask_shelving", "until"): "挂账到",
    ("ask_shelving", "words"): "整改计划和责任人",
    ("decide", "words"): "审批意见",
    ("decide", "to"): "改派给哪个单位",
    ("withdraw_request", "words"): "为什么撤回",
    ("escalate_tier", "words"): "为什么要提级",
    ("convene", "units"): "召集哪些单位",
    ("convene", "words"): "集合地点和要求",
    ("conclude_council", "words"): "会商结论",
    ("rate_units", "words"): "评语",
    ("comment", "words"): "补充内容",
    ("see_identity", "reason"): "查看原因",
    ("appeal_wrongful", "words"): "申诉理由",
    ("ask_review", "words"): "复核理由",
}

HELP: dict[tuple[str, str], str] = {
    ("dispatch", "lead"): "不选就按《事项指导手册》的分工派单。",
    ("rule", "lead"): "不选就按所选事项的分工派单。",
    ("dispatch", "words"): "承办单位看得到。身份受保护的事项，请写核对过的摘要，不要照抄原话。",
    ("summarise", "words"): "承办单位只看得到这一段。写清在哪里、是什么问题，去掉能认出反映人的话。",
    ("answer", "words"): "会原样告诉反映人。",
    ("answer", "source"): "比如政策文件名、知识库条目。",
    ("transfer", "to"): "系统以外的机构，比如信访局、12345 热线。",
    ("state_view", "basis"): "写明三定方案、权责清单或法规的哪一条。",
    ("rule", "basis"): "写明依据哪一条规定。作为判例时，以后派单会引用它。",
    ("rule", "reasons"): "各单位都看得到：采纳了谁的意见，为什么。",
    ("rule", "until"): "不填就一直用，直到被限制、替代或停用。",
    ("verify", "words"): "不通过的，要写明哪里没办好。",
    ("report_in", "persons"): "按实际到场人数填，计入报到人次。",
    ("claim_finished", "words"): "会告诉反映人，请写清做了什么。",
    ("reach_milestone", "words"): "会告诉反映人。",
    ("ask_return", "words"): "写明依据。退单只能申请一次，批准前时限照走。",
    ("ask_extension", "until"): "到期前申请，说明原因，会告诉反映人。",
    ("ask_shelving", "words"): "会告诉反映人；每 30 天复查一次，到期自动恢复办理。",
    ("decide", "words"): "不同意的，要写明理由。",
    ("decide", "to"): "不选则转入确权，由中心定。",
    ("convene", "units"): "最多 8 个单位。每个单位都会收到哨单，到场扫码签到。",
    ("conclude_council", "lead"): "已有主办单位的，可以不选。",
    ("coordinate", "lead"): "已有主办单位的，可以不选。",
    ("merge", "into"): "填编号，或从下面可能相同的哨件里选。",
    ("village", "village"): "不知道确切地点时，至少选到社区或村。",
}

# Required by the lifecycle although the command itself can do without.
NEEDED: frozenset[tuple[str, str]] = frozenset(
    {
        ("ask_return", "words"),
        ("claim_finished", "words"),
        ("reach_milestone", "words"),
        ("answer", "words"),
        ("rule", "basis"),
        ("rule", "reasons"),
    }
)

# The order in which fields are asked: what it is, who, when, why.
ORDER = (
    "nature", "item", "situation", "mode", "persons", "lead", "assists", "units", "to", "role", "unit", "section", "handler",
    "leader", "reason", "way", "until", "meet_at", "source", "receipt", "into", "kind", "basis", "reasons", "minutes",
    "words", "precedent", "scope",
)  # fmt: skip

# Where a command asks in another order: a ruling says what it is and why before who, and last how far and how long.
ORDER_OF: dict[str, tuple[str, ...]] = {
    "rule": ("item", "situation", "lead", "assists", "kind", "basis", "reasons", "words", "scope", "until"),
}

# Fields that mean something only where another one has this value.
WHEN: dict[tuple[str, str], str] = {("rule", "until"): "scope=kind,community,township,county"}

# Which field a refusal is about, where it does not say so itself.
FIELD_OF: dict[str, str] = {
    "words_needed": "words",
    "basis_needed": "basis",
    "reason_needed": "reason",
    "lead_needed": "lead",
    "no_plan": "lead",
    "nobody_to_dispatch_to": "lead",
    "unit_may_not_own": "lead",
    "units_needed": "units",
    "too_many_units": "units",
    "date_must_be_later": "until",
    "persons_needed": "persons",
    "site_needed": "mode",
    "assignee_needed": "section",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """One of the two buttons by which a yes-or-no command is given."""

    value: str
    label: str
    grave: bool = False


# Commands that are an answer: two buttons instead of a question and a button.
ANSWERS: dict[str, tuple[Answer, Answer]] = {
    "came": (Answer("1", "到了"), Answer("0", "没到")),
    "passed": (Answer("1", "通过"), Answer("0", "不通过，退回重办", grave=True)),
    "approve": (Answer("1", "同意"), Answer("0", "不同意", grave=True)),
    "reached": (Answer("1", "接通了，记下评价"), Answer("0", "没接通")),
    "mine": (Answer("1", "是我单位职责"), Answer("0", "不是我单位职责")),
}

CHOICES: dict[tuple[str, str], str] = {
    ("claim_finished", "way"): "way",
    ("ask_return", "reason"): "return_reason",
    ("reopen", "reason"): "reopen_reason",
    ("report_in", "mode"): "report_in",
    ("state_view", "kind"): "basis_kind",
    ("rule", "kind"): "basis_kind",
}

REASONS: dict[str, tuple[tuple[str, str], ...]] = {
    "propose_decline": (
        ("beyond_duty", "不属本县职责"),
        ("in_court", "已进入诉讼、仲裁、复议程序"),
        ("unlawful", "诉求违法违规"),
        ("untrue", "查无此事"),
        ("malicious", "恶意重复反映"),
    ),
    "propose_exclusion": (
        ("beyond_duty", "超出职责"),
        ("in_court", "诉讼、复议中"),
        ("unlawful", "诉求违法"),
        ("untrue", "不属实"),
        ("malicious", "恶意重复"),
        ("unreachable", "多次联系不上"),
    ),
    "ask_extension": (
        ("weather", "天气影响"),
        ("materials", "材料设备未到"),
        ("consent", "需相关方同意"),
        ("complex", "情况复杂"),
    ),
    "ask_shelving": (
        ("season", "季节性施工，开春办理"),
        ("funds", "资金未落实"),
        ("plan", "已列入改造计划"),
        ("history", "历史遗留"),
    ),
    "propose_wrongful": (
        ("own_work", "应由本单位自行办理"),
        ("quota", "凑数吹哨"),
        ("untrue", "情况不属实"),
        ("no_facts", "事实不清"),
    ),
    "reveal_identity": (("contact", "需要联系反映人"), ("visit", "需要入户"), ("evidence", "需要补充证据")),
    "see_identity": (("contact", "需要联系反映人"), ("visit", "需要入户"), ("evidence", "需要补充证据")),
    "escalate_tier": (
        ("beyond_power", "超出本级职权"),
        ("several_units", "涉及多个单位"),
        ("urgent", "急难险重"),
    ),
    "redispatch": (("wrong_unit", "派错单位"), ("handover", "职责移交"), ("avoid", "回避")),
    "call_assist": (("site", "需要到场配合"), ("power", "需要对方职权"), ("technical", "需要技术支持")),
}

# How far a ruling holds, from this case alone to the county; all but the first make it a precedent.
SCOPES = (
    ("case", "只管这一件"),
    ("kind", "同类地点的同类事项，以后照此派单"),
    ("community", "本社区（村）同类事项，以后照此派单"),
    ("township", "本街道、乡镇同类事项，以后照此派单"),
    ("county", "全县同类事项，以后照此派单"),
)
