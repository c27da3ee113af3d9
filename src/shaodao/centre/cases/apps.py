from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "shaodao.centre.cases"
    label = "cases"

    def ready(self) -> None:
        from shaodao.centre.cases import projection, search  # noqa: F401
        from shaodao.ground.ledger import projections

        projections.register("case", projection.check, projection.strays)
