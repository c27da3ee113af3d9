from django.apps import AppConfig


class ShiftsConfig(AppConfig):
    name = "shaodao.centre.shifts"
    label = "shifts"

    def ready(self) -> None:
        from shaodao.centre.shifts import projection, work  # noqa: F401
        from shaodao.ground.ledger import projections

        projections.register(projection.KIND, projection.check, projection.strays)
