from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "shaodao.centre.cases"
    label = "cases"

    def ready(self) -> None:
        from shaodao.centre.cases import projection  # noqa: F401 (registers the comparison of rows and replay)
