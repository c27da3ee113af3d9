from django.apps import AppConfig


class ShiftsConfig(AppConfig):
    name = "shaodao.centre.shifts"
    label = "shifts"

    def ready(self) -> None:
        from shaodao.centre.pressing import watch
        from shaodao.centre.shifts import actions, projection, work  # noqa: F401
        from shaodao.ground.ledger import projections

        watch.names_who_is_on_duty(actions.on_duty)
        projections.register(projection.KIND, projection.check, projection.strays)
