from django.apps import AppConfig


class BriefingsConfig(AppConfig):
    name = "shaodao.centre.briefings"
    label = "briefings"

    def ready(self) -> None:
        from shaodao.centre.briefings import following, projection  # noqa: F401
        from shaodao.ground.ledger import projections

        projections.register("briefing", projection.check, projection.strays)
