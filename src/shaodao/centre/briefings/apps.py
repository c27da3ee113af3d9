from django.apps import AppConfig


class BriefingsConfig(AppConfig):
    name = "shaodao.centre.briefings"
    label = "briefings"

    def ready(self) -> None:
        from shaodao.centre.briefings import following  # noqa: F401
        from shaodao.centre.briefings.projection import BRIEFINGS

        BRIEFINGS.register()
