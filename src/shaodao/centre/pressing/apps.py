from django.apps import AppConfig


class PressingConfig(AppConfig):
    name = "shaodao.centre.pressing"
    label = "pressing"

    def ready(self) -> None:
        from shaodao.centre.pressing import gathering
        from shaodao.centre.pressing.projection import PRESSED
        from shaodao.centre.pressing.watch import CHARGES
        from shaodao.ground.messages import adapters

        PRESSED.register()
        CHARGES.register()
        adapters.register(gathering.DIGEST, gathering.gather, repeatable=True)
