from django.apps import AppConfig


class PressingConfig(AppConfig):
    name = "shaodao.centre.pressing"
    label = "pressing"

    def ready(self) -> None:
        from shaodao.centre.pressing import gathering, projection, watch
        from shaodao.ground.ledger import projections
        from shaodao.ground.messages import adapters

        projections.register("pressing", projection.check, projection.strays)
        projections.register("charge", watch.check, watch.strays)
        adapters.register(gathering.DIGEST, gathering.gather, repeatable=True)
