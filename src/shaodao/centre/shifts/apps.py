from django.apps import AppConfig


class ShiftsConfig(AppConfig):
    name = "shaodao.centre.shifts"
    label = "shifts"

    def ready(self) -> None:
        from shaodao.centre.pressing import watch
        from shaodao.centre.shifts import actions, work  # noqa: F401
        from shaodao.centre.shifts.projection import SHIFTS

        watch.names_who_is_on_duty(actions.on_duty)
        SHIFTS.register()
