from django.apps import AppConfig


class IntakeConfig(AppConfig):
    name = "shaodao.centre.intake"
    label = "intake"

    def ready(self) -> None:
        from shaodao.centre.intake import receipts  # noqa: F401
