from django.apps import AppConfig


class ScoresConfig(AppConfig):
    name = "shaodao.centre.scores"
    label = "scores"

    def ready(self) -> None:
        from shaodao.centre.scores import projection
        from shaodao.ground.ledger import projections

        projections.register(projection.MONTHS.name, projection.check, projection.MONTHS.strays)
