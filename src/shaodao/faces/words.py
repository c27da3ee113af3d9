"""Codes into the words that people read. The one place where a state, a queue or a refusal gets its Chinese.

Roles, units and items are not here: the county pack names them.
"""

from dataclasses import dataclass

from django.utils.translation import gettext

STEPS = ("基层报", "中心接", "平台转", "部门办", "限时结", "群众评")

# The step a case stands at; 7 = all six are behind it. Other ways out (merged, declined …) have no steps.
STEP_OF_STATE = {
    "reported": 1,
    "in_triage": 2,
    "in_ruling": 3,
    "dispatched": 4,
    "waiting_verification": 5,
    "waiting_rating": 6,
    "closed": 7,
}


@dataclass(frozen=True, slots=True)
class Option:
    code: str
    name: str
    icon: str


SOLVED = (
    Option("yes", "已解决", "done"),
    Option("partly", "部分解决", "half"),
    Option("no", "未解决", "undone"),
)
LEVELS = (
    Option("5", "非常满意", "smile-5"),
    Option("4", "满意", "smile-4"),
    Option("3", "基本满意", "smile-3"),
    Option("2", "不满意", "smile-2"),
    Option("1", "非常不满意", "smile-1"),
)

WORDS: dict[str, dict[str, str]] = {
    "state": {
        "reported": "已上报",
        "in_triage": "待受理",
        "in_ruling": "确权中",
        "dispatched": "办理中",
        "waiting_verification": "待核查",
        "waiting_rating": "待评价",
        "shelved": "已挂账",
        "closed": "已结案",
        "declined": "不予受理",
        "merged": "已并案",
        "answered": "已答复",
        "transferred": "已转送",
    },
    # The same to a resident: what it means for them
    "state_resident": {
        "reported": "已收到",
        "in_triage": "中心正在受理",
        "in_ruling": "正在确定由谁来办",
        "dispatched": "正在办理",
        "waiting_verification": "已处理，正在核查",
        "waiting_rating": "请您评价",
        "shelved": "列入计划，暂缓办理",
        "closed": "已结案",
        "declined": "不予受理",
        "merged": "与同一问题合并办理",
        "answered": "已答复",
        "transferred": "已转送主管单位",
    },
    "clock": {
        "sign": "签收",
        "report_in": "报到",
        "make_safe": "先期处置",
        "finish": "办结",
        "triage": "受理",
        "ruling": "确权",
        "county_ruling": "县级确权",
        "verification": "核查",
        "rating": "等待评价",
        "call_back": "回访",
        "closing": "到期结案",
        "resume": "恢复办理",
    },
    "queue": {
        "triage": "待受理",
        "ruling": "待确权",
        "county_ruling": "待县级确权",
        "verification": "待核查",
        "rating": "待评价",
        "call_back": "待回访",
        "closing": "待结案",
    },
    "duty_role": {"lead": "主办", "assist": "协办", "local": "属地配合"},
    "duty_end": {
        "done": "已完成",
        "returned": "已退单",
        "redispatched": "已转派",
        "raised": "已提级",
        "withdrawn": "已撤回",
    },
    "report_in": {"site": "到场报到", "call": "联系报到"},
    "tier": {"community": "社区（村）办理", "department": "部门办理", "county": "县级统筹"},
    "nature": {
        "ask": "咨询",
        "help": "求助",
        "complain": "投诉",
        "denounce": "举报",
        "suggest": "建议",
        "praise": "表扬",
    },
    "identity_mode": {
        "protected": "身份保护",
        "contactable": "可经中心联系",
        "shared": "已同意公开给承办单位",
    },
    "channel": {
        "app": "居民端",
        "h5": "居民端 H5",
        "grid": "网格上报",
        "desk_phone": "电话",
        "desk_walk_in": "来访",
        "deputy": "代表委员",
        "12345": "12345 热线",
        "110": "110 转送",
        "city": "数字城管",
        "rural": "农村网格化",
        "video": "视频巡查",
        "api": "接口",
        "import": "批量导入",
    },
    "whistler_kind": {
        "public": "群众",
        "grid": "网格员",
        "community": "社区（村）",
        "street": "街道乡镇",
        "deputy": "代表委员",
        "seat": "中心坐席",
        "leader": "县领导",
        "system": "系统",
    },
    "way": {
        "done": "处置到位",
        "penalty": "立案查处",
        "answered": "答复导办",
        "mediated": "调解终结",
        "planned": "列入计划（挂账）",
    },
    "return_reason": {
        "wrong_area": "不在辖区内",
        "unclear_owner": "权属不清",
        "overlap": "职责交叉",
        "not_ours": "非我单位职责",
        "too_little": "信息不足",
        "duplicate": "重复派单",
    },
    "reopen_reason": {"not_solved": "没修好", "broken_again": "又坏了"},
    "solved": {option.code: option.name for option in SOLVED},
    "level": {option.code: option.name for option in LEVELS},
    "command": {
        "report": "吹哨",
        "dispatch": "派单",
        "answer": "直接答复",
        "transfer": "转送",
        "send_to_ruling": "提交确权",
        "state_view": "发表意见",
        "rule": "确权派单",
        "redispatch": "转派",
        "merge": "并案",
        "join": "并入",
        "verify": "核查",
        "call_back": "回访",
        "close": "结案",
        "review_shelved": "挂账复查",
        "resume": "恢复办理",
        "reveal_identity": "申请查看身份",
        "sign": "签收",
        "assign": "交办",
        "report_in": "报到",
        "confirm_report_in": "确认报到",
        "make_safe": "先期处置",
        "call_assist": "请求协办",
        "finish_part": "本单位已办完",
        "file_for_penalty": "立案查处",
        "claim_finished": "申请办结",
        "ask_return": "申请退单",
        "ask_extension": "申请延期",
        "ask_shelving": "申请挂账",
        "propose_decline": "拟不予受理",
        "propose_exclusion": "拟剔除",
        "decide": "审批",
        "escalate_tier": "提级办理",
        "coordinate": "县级统筹",
        "convene": "发哨单",
        "arrive": "现场签到",
        "conclude_council": "会商结论",
        "rate_units": "评价单位",
        "propose_wrongful": "提请乱吹哨认定",
        "appeal_wrongful": "申诉",
        "rate": "评价",
        "reopen": "没修好 / 又坏了",
        "ask_review": "申请复核",
        "comment": "补充说明",
        "erase": "删除个人信息",
    },
    # A refusal says what is wrong and what to do next. Parameters in braces come with the refusal.
    "refusal": {
        "not_allowed": "您当前的身份不能做这一步。请切换身份，或请有权限的同事办理。",
        "not_now": "这件事现在不能这样办，可能刚刚有了新进展。请刷新后再看。",
        "stale": "别人刚刚办理了这一件。请刷新，看过最新情况再办。",
        "no_such_case": "没有找到这个哨件。请核对编号。",
        "no_such_duty": "没有找到这个办件，可能已经转派。请刷新后再看。",
        "unknown_command": "系统不认识“{command}”这一步。",
        "unknown_field": "“{field}”这一项不用填。请去掉后再提交。",
        "field_needed": "还缺“{field}”。请补上再提交。",
        "field_wrong": "“{field}”填得不对。请核对后再提交。",
        "unknown_item": "事项“{item}”不在手册里。请重新选择。",
        "unknown_situation": "情形“{situation}”不在手册里。请重新选择。",
        "unknown_unit": "没有“{unit}”这个单位。请重新选择。",
        "unknown_place": "没有“{place}”这个地点。请在地图上点选，或写下地址。",
        "bad_point": "坐标不对。请在地图上重新点选，或写下地址。",
        "outside_county": "这个位置（{lon}, {lat}）不在本县。请核对位置，或写下地址。",
        "no_plan": "按现有规则还定不了由谁来办。请指定单位，或提交确权。",
        "nobody_to_dispatch_to": "还没有指定承办单位。请至少选一个。",
        "already_has_duty": "{unit}已经有这一件的办件了，不用再派。",
        "unit_must_avoid": "反映的是{unit}，按回避规定不能由它来办。请换一个单位。",
        "unit_may_not_own": "{unit}不能承办这个事项，这项职责不在它那里。请换一个单位，或提交确权。",
        "lead_needed": "要有一个主办单位。请指定。",
        "unit_needed": "请选择单位。",
        "units_needed": "请至少选择一个单位。",
        "receipt_needed": "转送要有对方的回执编号。请填写。",
        "basis_needed": "请写明依据（哪一条规定、哪一份三定方案）。",
        "reason_needed": "请选择原因。",
        "words_needed": "请写明情况。",
        "evidence_needed": "这个事项办结要有照片或文书。请补上。",
        "assignee_needed": "请选择交给哪个科室或哪一位。",
        "not_of_this_unit": "{unit}不是本单位的科室。请重新选择。",
        "site_needed": "这个事项要到现场报到，打电话不算。请到场后再报到。",
        "persons_needed": "到场至少有一个人。请填写人数。",
        "same_case": "一件哨件不能并到它自己。请核对编号。",
        "date_must_be_later": "日期要在今后。请重新选择。",
        "file_first": "立案查处要先登记立案。请先登记。",
        "filed_needs_decision": "已经立案，要等作出决定后，按“立案查处”申请办结。",
        "make_safe_first": "这是紧急事项：请先到场处置险情，再申请退单。",
        "too_late_to_return": "退单要在派单后的规定时间内申请，现在已经过了。请先办理，再向中心说明。",
        "extension_after_expiry": "延期要在到期之前申请，现在已经超期。请尽快办理并写明原因。",
        "nobody_may_approve": "没有人能审批这一步，县域配置里缺少审批人。请联系系统管理员。",
        "second_person_needed": "这一步要由另一个人同意，不能自己批自己。",
        "call_back_too_soon": "离上一次回访太近。请换一个时段再打。",
        "solved_needed": "请先选择解决了没有。",
        "levels_needed": "请给每个单位选一个满意度。",
        "level_out_of_range": "满意度只能在五档里选。",
        "too_late_to_reopen": "结案已超过 {days} 天。请重新反映，系统会和原来那一件关联。",
        "not_summoned": "{unit}不在这次哨单里。请核对。",
        "identity_protected": "这个事项的反映人身份受保护，不能查看。需要联系时，请由中心转达。",
        "wrong_code": "验证码不对或已过期。请核对短信，或重新获取。",
        "same_key": "同一个提交编号用在了两份不同的内容上。请重新填写后提交。",
        "too_many": "次数或数量超过了限制（{limit}）。请减少一些，或过一会儿再试。",
        "empty": "这个文件是空的。请重新选择。",
        "too_big": "文件太大了。请选小一点的照片。",
        "not_a_picture": "这不是照片。请选择手机拍的照片。",
        "unsupported": "这种文件（{kind}）不能用。请选 JPEG 或 PNG 照片。",
        "broken_picture": "这张照片打不开，可能没有传完整。请重新选择。",
        "too_many_pixels": "这张照片的尺寸太大。请选小一点的照片。",
        "busy": "现在照片太多，正在排队。请过一会儿再试。",
        "no_such_file": "没有找到这个文件。请重新上传。",
        "erased": "这份内容已按本人要求删除。",
    },
}


def word(kind: str, code: str) -> str:
    """The word for a code of a kind; an unknown code is shown as it is, so that nothing is hidden."""
    return gettext(WORDS[kind][code]) if code in WORDS[kind] else code


class _Params(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "…"


def refusal(code: str, **params: object) -> str:
    """The sentence of a refusal with its parameters filled in."""
    sentence = WORDS["refusal"].get(code, WORDS["refusal"]["not_now"])
    return gettext(sentence).format_map(_Params(params))
