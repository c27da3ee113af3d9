"""Addresses of the staff's pages."""

from datetime import date

from django.urls import path, register_converter

from shaodao.faces.work import (
    alarms,
    articles,
    briefings,
    cases,
    charges,
    councils,
    dispatching,
    exclusions,
    figures,
    head,
    hot_issues,
    leaders_notes,
    likeness,
    lists,
    meetings,
    notices,
    on_the_spot,
    orders,
    precedents,
    reminders,
    rulings,
    shifts,
    topics,
    triage,
    undelivered,
    whistle,
)


class Day:
    """2026-10-08 in an address."""

    regex = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"

    def to_python(self, text: str) -> date:
        return date.fromisoformat(text)

    def to_url(self, day: date | str) -> str:
        return str(day)


register_converter(Day, "day")
app_name = "staff"
urlpatterns = [
    path("inbox", lists.inbox, name="inbox"),
    path("list/<slug:code>", lists.queue, name="list"),
    path("cases", lists.search, name="search"),
    path("whistle", whistle.whistle, name="whistle"),
    path("councils", councils.councils, name="councils"),
    path("cases/<slug:number>/councils/<int:id>", councils.council, name="council"),
    path("cases/<slug:number>", cases.case, name="case"),
    path("cases/<slug:number>/on_the_spot", on_the_spot.finish, name="on_the_spot"),
    path("cases/<slug:number>/contact", cases.contact, name="contact"),
    path("duplicates", likeness.duplicates, name="duplicates"),
    path("duplicates/<slug:earlier>/<slug:later>/apart", likeness.apart, name="apart"),
    path("precedents", precedents.precedents, name="precedents"),
    path("precedents/<int:id>", precedents.precedent, name="precedent"),
    path("precedents/<int:id>/limit", precedents.limit, name="limit_precedent"),
    path("precedents/<int:id>/settle", precedents.settle, name="settle_precedents"),
    path("rulings", rulings.rulings, name="rulings"),
    path("dispatch", dispatching.dispatch, name="dispatch"),
    path("dispatch/confirm", dispatching.confirm, name="confirm"),
    path("dispatch/confirm/<slug:number>", dispatching.confirmed, name="confirmed"),
    path("exclusions", exclusions.listed, name="exclusions"),
    path("duty", shifts.duty, name="duty"),
    path("duty/work", shifts.done, name="desk_work"),
    path("duty/notes", shifts.hand_over, name="duty_note"),
    path("duty/notes/<slug:turn>/<int:note>/take", shifts.take_over, name="duty_take"),
    path("duty/<slug:name>", shifts.sign, name="duty_sign"),
    path("figures", figures.overview, name="figures"),
    path("figures/<slug:id>", figures.cases, name="figure_cases"),
    path("precedents/<int:id>/end", precedents.end, name="end_precedent"),
    path("hot-issues", hot_issues.issues, name="hot_issues"),
    path("hot-issues/<slug:number>", hot_issues.issue, name="hot_issue"),
    path("hot-issues/<slug:number>/points", hot_issues.points, name="hot_issue_points"),
    path("topics", topics.topics, name="topics"),
    path("topics/new", topics.new, name="topic_new"),
    path("topics/<slug:number>", topics.one, name="topic"),
    path("topics/<slug:number>/<slug:name>", topics.command, name="topic_command"),
    path("orders", orders.orders, name="orders"),
    path("orders/new", orders.new, name="order_new"),
    path("orders/register", orders.register, name="order_register"),
    path("orders/<slug:number>", orders.one, name="order"),
    path("orders/<slug:number>/<slug:name>", orders.command, name="order_command"),
    path("meetings", meetings.meetings, name="meetings"),
    path("meetings/<slug:number>", meetings.one, name="meeting"),
    path("meetings/<slug:number>/<slug:name>", meetings.command, name="meeting_command"),
    path("cases/<slug:number>/meeting", meetings.call, name="meeting_call"),
    path("head", head.head, name="head"),
    path("instructions", leaders_notes.notes, name="notes"),
    path("instructions/new", leaders_notes.note, name="note"),
    path("briefings", briefings.briefings, name="briefings"),
    path("briefings/<slug:month>", briefings.one, name="briefing"),
    path("briefings/<slug:month>/draft", briefings.draft, name="briefing_draft"),
    path("briefings/<slug:month>/words", briefings.write, name="briefing_write"),
    path("briefings/<slug:month>/problem", briefings.pick, name="briefing_pick"),
    path("briefings/<slug:month>/cases/<slug:span>/<slug:id>", briefings.cases, name="briefing_cases"),
    path("briefings/<slug:month>/file/<slug:kind>", briefings.file, name="briefing_file"),
    path("briefings/<slug:month>/<slug:name>", briefings.command, name="briefing_command"),
    path("ways", triage.way_out, name="way_out"),
    path("answers", articles.articles, name="articles"),
    path("answers/new", articles.write, name="new_article"),
    path("answers/<int:id>", articles.article, name="article"),
    path("answers/<int:id>/edit", articles.write, name="edit_article"),
    path("answers/<int:id>/publish", articles.publish, name="publish_article"),
    path("answers/<int:id>/review", articles.review, name="review_article"),
    path("answers/<int:id>/withdraw", articles.withdraw, name="withdraw_article"),
    path("notices", notices.notices, name="notices"),
    path("digests/<day:day>", notices.digest, name="digest"),
    path("alarms", alarms.alarms, name="alarms"),
    path("alarms/banner", alarms.banner, name="alarm_banner"),
    path("alarms/<slug:number>/<int:seq>", alarms.alarm, name="alarm"),
    path("alarms/<slug:number>/<int:seq>/acknowledge", alarms.acknowledge, name="acknowledge_alarm"),
    path("alarms/<slug:number>/<int:seq>/call", alarms.call, name="log_call"),
    path("charges", charges.charges, name="charges"),
    path("charges/put", charges.put, name="put_in_charge"),
    path("reminders", reminders.reminders, name="reminders"),
    path("undelivered", undelivered.undelivered, name="undelivered"),
    path("undelivered/retry", undelivered.retry, name="retry_messages"),
    path("cases/<slug:number>/photos/<uuid:id>/<slug:variant>", cases.photo, name="photo"),
    path("cases/<slug:number>/<slug:name>", cases.command, name="command"),
]
