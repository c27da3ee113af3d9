from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "shaodao.centre.cases"
    label = "cases"

    def ready(self) -> None:
        from shaodao.centre.cases import search  # noqa: F401
        from shaodao.centre.cases.projection import CASES

        CASES.register()
