"""Addresses of the staff's pages."""

from django.urls import path

from shaodao.faces.work import (
    cases,
    councils,
    dispatching,
    hot_issues,
    likeness,
    lists,
    notices,
    on_the_spot,
    precedents,
    rulings,
    topics,
    whistle,
)

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
    path("dispatch/cases/<slug:id>", dispatching.behind, name="dispatch_cases"),
    path("precedents/<int:id>/end", precedents.end, name="end_precedent"),
    path("hot-issues", hot_issues.issues, name="hot_issues"),
    path("hot-issues/<slug:number>", hot_issues.issue, name="hot_issue"),
    path("hot-issues/<slug:number>/points", hot_issues.points, name="hot_issue_points"),
    path("topics", topics.topics, name="topics"),
    path("topics/new", topics.new, name="topic_new"),
    path("topics/<slug:number>", topics.one, name="topic"),
    path("topics/<slug:number>/<slug:name>", topics.command, name="topic_command"),
    path("notices", notices.notices, name="notices"),
    path("cases/<slug:number>/photos/<uuid:id>/<slug:variant>", cases.photo, name="photo"),
    path("cases/<slug:number>/<slug:name>", cases.command, name="command"),
]
