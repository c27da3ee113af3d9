"""Addresses of the residents' pages. A token in an address is the secret by which a case is followed."""

from django.urls import path

from shaodao.faces.resident import alike, erasing, installed, supervise, views

app_name = "resident"
urlpatterns = [
    path("", views.home, name="home"),
    path("whistle", views.whistle, name="whistle"),
    path("whistle/suggest", views.suggest, name="suggest"),
    path("whistle/preview", views.preview, name="preview"),
    path("whistle/alike", alike.alike, name="alike"),
    path("waiting", installed.waiting, name="waiting"),
    path("waiting/standing", installed.standing, name="standing"),
    path("waiting/ticket", installed.ticket, name="ticket"),
    path("offline/<slug:page>", installed.kept, name="kept"),
    path("app.webmanifest", installed.manifest, name="manifest"),
    path("worker.js", installed.worker, name="worker"),
    path("track", views.track, name="track"),
    path("t/<str:token>", views.follow, name="follow"),
    path("t/<str:token>/photos/<uuid:id>/<slug:variant>", views.photo, name="photo"),
    path("t/<str:token>/cover", views.cover, name="cover"),
    path("t/<str:token>/erase", erasing.by_link, name="erase_by_link"),
    path("t/<str:token>/<slug:what>", views.say, name="say"),
    path("mine", views.mine, name="mine"),
    path("mine/erase", erasing.by_phone, name="erase"),
    path("guide", views.guide, name="guide"),
    path("supervise", supervise.supervise, name="supervise"),
    path("answers/<int:id>", views.answer, name="answer"),
]
