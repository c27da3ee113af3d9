from django.apps import AppConfig


class PublishingConfig(AppConfig):
    name = "shaodao.centre.publishing"
    label = "publishing"

    def ready(self) -> None:
        from shaodao.centre.publishing import actions, projection  # noqa: F401
        from shaodao.ground.ledger import projections

        projections.register("publication", projection.check, projection.strays)
        projections.register("publicity", projection.check_ranking)
