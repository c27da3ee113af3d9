from django.apps import AppConfig


class PublishingConfig(AppConfig):
    name = "shaodao.centre.publishing"
    label = "publishing"

    def ready(self) -> None:
        from shaodao.centre.publishing import actions  # noqa: F401
        from shaodao.centre.publishing.projection import PUBLICATIONS, RANKINGS

        PUBLICATIONS.register()
        RANKINGS.register()
