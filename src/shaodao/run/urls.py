"""Addresses of the whole site; each face brings its own."""

from django.urls import URLPattern, URLResolver, include, path

from shaodao.run import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("", include("shaodao.faces.urls")),
]
