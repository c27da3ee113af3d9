from django.apps import AppConfig


class AnswersConfig(AppConfig):
    name = "shaodao.centre.answers"
    label = "answers"

    def ready(self) -> None:
        from shaodao.centre.answers import uses  # noqa: F401
