from django.apps import AppConfig


class DispatchConfig(AppConfig):
    name = "shaodao.centre.dispatch"
    label = "dispatch"

    def ready(self) -> None:
        from shaodao.centre.dispatch import precedents  # noqa: F401
