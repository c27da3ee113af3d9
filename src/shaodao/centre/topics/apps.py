from django.apps import AppConfig


class TopicsConfig(AppConfig):
    name = "shaodao.centre.topics"
    label = "topics"

    def ready(self) -> None:
        from shaodao.centre.topics import projection
        from shaodao.ground.ledger import projections

        projections.register("topic", projection.check, projection.strays)
