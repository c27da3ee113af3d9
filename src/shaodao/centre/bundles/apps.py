from importlib import import_module

from django.apps import AppConfig


class BundlesConfig(AppConfig):
    name = "shaodao.centre.bundles"
    label = "bundles"

    def ready(self) -> None:
        import_module("shaodao.centre.bundles.pictures")  # registers its subscription
