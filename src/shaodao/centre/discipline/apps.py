from django.apps import AppConfig


class DisciplineConfig(AppConfig):
    name = "shaodao.centre.discipline"
    label = "discipline"

    def ready(self) -> None:
        from shaodao.centre.discipline import projection
        from shaodao.ground.ledger import projections

        projection.MATTERS.register()
        projections.register(projection.KEYS, projection.check_keys, projection.stray_keys)
