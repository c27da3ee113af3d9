"""One document of every form, as the centre would issue it; invented throughout."""

from datetime import date
from io import BytesIO

from PIL import Image, ImageDraw

from shaodao.ground.documents import forms
from shaodao.ground.documents.model import (
    Annex,
    Document,
    Exchange,
    Heading,
    Issue,
    Paragraph,
    Picture,
    Table,
)

CENTRE = "淮南县基层治理指挥中心"
DATED = date(2026, 3, 5)
UNITS = (
    "城市管理局",
    "住房和城乡建设局",
    "市场监督管理局",
    "生态环境局",
    "交通运输局",
    "水利局",
    "公安局",
    "教育局",
)

CHART = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 220">'
    '<rect width="600" height="220" fill="#fff"/>'
    + "".join(
        f'<rect x="{60 + i * 64}" y="{180 - h}" width="36" height="{h}" fill="#b4232a"/>'
        f'<text x="{78 + i * 64}" y="{172 - h}" font-size="13" text-anchor="middle">{h * 4}</text>'
        f'<text x="{78 + i * 64}" y="200" font-size="13" text-anchor="middle">{i + 5}月</text>'
        for i, h in enumerate((82, 91, 104, 120, 97, 110, 126, 118))
    )
    + '<line x1="50" y1="181" x2="580" y2="181" stroke="#333"/></svg>'
).encode()


def photo() -> bytes:
    image = Image.new("RGB", (800, 300), "#dfe8ee")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 200, 800, 300), fill="#7d7f83")
    draw.ellipse((330, 215, 470, 275), fill="#26282b")
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


BODY = (
    "各街道、乡镇和县直有关单位要把群众反映的问题放在心上，做到接到哨件及时签收、及时到场、及时办理，"
    "办理结果如实填报，由反映人评价。对边界不清的事项，由指挥中心召集有关单位现场会商，当日确定主办单位。"
)


def letter() -> Document:
    return forms.letter(
        forms.LetterFacts(
            body="淮南县人民政府办公室文件",
            number="淮政办〔2026〕5号",
            title="关于进一步做好“街道吹哨、部门报到”工作的通知",
            addressee="各街道办事处，各乡镇人民政府，县直有关单位",
            blocks=(
                Paragraph(BODY),
                Heading(1, "一、压实责任"),
                Heading(2, "（一）明确首接责任"),
                Paragraph(BODY * 2),
                Heading(3, "1. 签收"),
                Paragraph(BODY),
                Heading(4, "（1）紧急事项"),
                Paragraph(BODY),
                Heading(1, "二、严格时限"),
                Paragraph(BODY * 3),
                Heading(1, "三、强化考核"),
                Paragraph(BODY * 2),
            ),
            signed_by="淮南县人民政府办公室",
            dated=DATED,
            annexes=(
                Annex("事项指导手册修订说明", (Paragraph(BODY),)),
                Annex("主办单位一览表", (Paragraph(BODY),)),
            ),
            copies=("县委办公室", "县人大常委会办公室", "县政协办公室", "县纪委监委", "县委督查室"),
            note="联系人：张䶮，电话：0454-1234567",
        )
    )


def briefing() -> Document:
    ranking = Table(
        ("序号", "单位", "应报到", "按时报到率", "按期办结率", "满意率"),
        tuple(
            (str(i), f"县{unit}", str(96 - 7 * i), f"{99 - i}.2%", f"{98 - i}.5%", f"{97 - i}.1%")
            for i, unit in enumerate(UNITS, 1)
        ),
        widths=(1, 4, 2, 2.4, 2.4, 2),
        align=("centre", "left", "right", "right", "right", "right"),
        caption="部门报到和办结情况",
        note="注：不足5件的单位不参加排名。",
    )
    rows = tuple(
        (
            f"HN2602{i:04d}",
            f"县{UNITS[i % 8]}",
            "井盖缺失，超期未报到" if i % 3 else "油烟扰民，两次退回重办",
            str(1 + i % 9),
        )
        for i in range(1, 61)
    )
    overdue = Table(
        ("哨件编号", "单位", "事实", "超期天数"),
        rows,
        (2.6, 3.4, 5, 1.6),
        ("centre", "left", "left", "right"),
    )
    return forms.briefing(
        forms.BriefingFacts(
            name="基层治理专报",
            issue=Issue(3, 27),
            issuer=CENTRE,
            dated=DATED,
            title="2026年2月“街道吹哨、部门报到”运行情况",
            blocks=(
                Paragraph(
                    "2月，全县共受理哨件472件，环比下降6.3%，同比上升11.8%；按时报到率96.4%，办结率94.1%，满意率97.2%。"
                ),
                Heading(1, "一、总体情况"),
                Paragraph(BODY, lead="受理情况。"),
                Picture(CHART, 140, "图1　近八个月哨件数（件）", "近八个月哨件数的柱形图"),
                Heading(1, "二、来源和高频事项"),
                Paragraph(BODY * 2),
                Heading(1, "三、部门情况"),
                ranking,
                Paragraph(BODY),
                Heading(1, "四、街道乡镇情况"),
                Paragraph(BODY * 2),
                ranking,
                Heading(1, "五、存在问题"),
                Heading(2, "（一）超期未报到"),
                Paragraph("县水利局：哨件HN26020017号，河道垃圾，应于2月11日报到，超期9天仍未报到。"),
                Picture(photo(), 120, "图2　现场照片", "路面上缺失的井盖"),
                Heading(1, "六、意见和下一步工作"),
                Paragraph(BODY * 3),
            ),
            annexes=(Annex("超期未报到、未办结哨件明细", (overdue,)),),
            report_to=("县委书记、副书记、常委", "县人大常委会主任", "县长、副县长", "县政协主席"),
            send_to=("县纪委监委", "县委组织部", "县委督查室"),
            hand_to=("各街道、乡镇", "县直有关单位"),
            number_of_copies=60,
        )
    )


def supervision_order() -> Document:
    return forms.supervision_order(
        forms.SupervisionFacts(
            body="淮南县委督查室",
            number="淮督〔2026〕5号",
            grade="重点",
            source="《基层治理专报》2026年第3期",
            lead="县水利局",
            assisting=("朝阳街道办事处", "县生态环境局"),
            facts="哨件HN26020017号：朝阳街道红旗桥下河道垃圾长期未清，应于2月11日报到，超期9天仍未报到，专报点名后7日内未整改。",
            basis="《淮南县“街道吹哨、部门报到”工作规定》第十八条",
            demand="立即到场清理，查明原因，明确长期管护责任人，并向反映人说明办理结果。",
            limit="2026年3月12日17时前",
            reply_form="书面报告，由单位主要负责人签字",
            contact="李明　0454-1234567",
            signed_by="淮南县委督查室",
            dated=DATED,
            matter="红旗桥下河道垃圾问题",
            copies=("县纪委监委", "县委督查室"),
        )
    )


def reminder() -> Document:
    return forms.reminder(
        forms.ReminderFacts(
            body=CENTRE,
            number="淮治催〔2026〕12号",
            kind="催办",
            matter="红旗桥下河道垃圾等3件哨件",
            addressee="县水利局",
            facts=("你单位承办的哨件HN26020017号、HN26020033号、HN26020041号已到办理时限，至今未申请办结。",),
            demand="请抓紧办理，确需延期的应当在到期前提出并说明理由。",
            limit="2026年3月9日17时",
            contact="王晓燕，0454-1234567",
            signed_by=CENTRE,
            dated=DATED,
        )
    )


def interview_notice() -> Document:
    return forms.interview_notice(
        forms.InterviewNoticeFacts(
            body="中共淮南县纪律检查委员会",
            number="淮纪约〔2026〕2号",
            addressee="县水利局",
            interviewed="你局主要负责人",
            reasons=("督办单（淮督〔2026〕5号）到期后，所列问题仍未整改，也未书面说明。",),
            basis="《淮南县“街道吹哨、部门报到”工作规定》第二十一条",
            when="2026年3月18日（星期三）9时",
            where="县纪委监委谈话室（县政府办公楼412室）",
            by="县纪委副书记、党风政风监督室主任",
            bring=("办理经过的书面说明", "整改方案"),
            contact="赵喆，0454-1234567",
            signed_by="中共淮南县纪律检查委员会",
            dated=date(2026, 3, 13),
            copies=("县委督查室",),
        )
    )


def interview_record() -> Document:
    return forms.interview_record(
        forms.InterviewRecordFacts(
            body="中共淮南县纪律检查委员会",
            number="淮纪约〔2026〕2号",
            when="9时至9时45分",
            where="县政府办公楼412室",
            interviewed="县水利局局长",
            by="县纪委副书记",
            recorded_by="赵喆",
            reason="督办单（淮督〔2026〕5号）到期未整改",
            exchanges=(
                Exchange(
                    "督办单要求3月12日前清理并书面回复，为什么没有落实？",
                    "清运队伍在外乡作业，我们没有及时调度，也没有书面说明，责任在我。",
                ),
                Exchange(
                    "今后怎样防止同样的问题？",
                    "已确定河道管护责任人，每周巡查两次；哨件由办公室当日分办，超过半日未签收的由我本人督促。",
                ),
            ),
            demands=("3月20日前完成清理，并将照片和书面报告报县纪委监委。", "4月底前建立河道日常管护制度。"),
            dated=date(2026, 3, 18),
            present=("县水利局副局长",),
        )
    )


def recommendation() -> Document:
    return forms.recommendation(
        forms.RecommendationFacts(
            body="中共淮南县纪律检查委员会",
            number="淮纪建〔2026〕1号",
            kind="纪律检查",
            matter="完善河道垃圾清理和哨件办理机制",
            addressee="县水利局党组",
            origin="在日常监督中发现，你单位办理河道垃圾类哨件存在多次逾期、反复退回的情况。依据有关规定，现提出如下建议。",
            problems=(
                "2025年9月至2026年2月，承办河道垃圾类哨件41件，其中逾期报到13件，退回重办6件。",
                "督办单（淮督〔2026〕5号）所列问题到期未整改，也未书面说明。",
            ),
            causes=("哨件签收、分办没有固定责任人，节假日无人值守；河道管护责任没有落实到河段。",),
            measures=(
                "建立哨件签收、分办、办结的内部责任制，明确节假日值守人员。",
                "逐河段明确管护责任人并公布，每月自查一次。",
                "对反复退回的哨件逐件复盘，完善清运合同的考核条款。",
            ),
            reply_days=30,
            signed_by="中共淮南县纪律检查委员会",
            dated=date(2026, 3, 25),
            copies=("县委组织部", "县政府办公室"),
        )
    )


ALL = {
    make.__name__: make
    for make in (
        letter,
        briefing,
        supervision_order,
        reminder,
        interview_notice,
        interview_record,
        recommendation,
    )
}
