"""Addresses of the faces. Each role's pages bring their own below."""

from django.urls import URLPattern, URLResolver, include, path

from shaodao.faces import maps, views
from shaodao.faces.discipline import matters
from shaodao.faces.wall import views as wall
from shaodao.faces.work import councils

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include("shaodao.faces.api.urls")),
    path("map/county.json", maps.shapes, name="shapes"),
    path("map/grids.json", maps.grids, name="grid_shapes"),
    path("wall/<slug:secret>", wall.wall, name="wall"),
    path("wall/<slug:secret>/board", wall.refreshed, name="wall_board"),
    path("design", views.design, name="design"),
    path("view/size", views.size, name="size"),
    path("", include("shaodao.faces.accounts.urls")),
    path("arrive/<str:code>", councils.arrive, name="arrive"),
    path("public/", include("shaodao.faces.public.urls")),
    path("work/", include("shaodao.faces.work.urls")),
    path("administration/", include("shaodao.faces.administration.urls")),
    path("discipline", matters.bare),
    path("discipline/", include("shaodao.faces.discipline.urls")),
    path("", include("shaodao.faces.resident.urls")),
]
