"""Addresses of the public pages: nobody signs in here."""

from django.urls import path

from shaodao.faces.public import views

app_name = "public"
urlpatterns = [
    path("", views.home, name="home"),
    path("cases", views.cases, name="cases"),
    path("cases/<slug:token>", views.case, name="case"),
    path("cases/<slug:token>/photos/<uuid:id>/<slug:variant>", views.photo, name="photo"),
    path("data/<slug:by>.<slug:kind>", views.table, name="table"),
    path("feed.atom", views.feed, name="feed"),
    path("streets/<slug:street>/feed.atom", views.feed, name="street_feed"),
]
