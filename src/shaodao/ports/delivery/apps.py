from django.apps import AppConfig


class DeliveryConfig(AppConfig):
    name = "shaodao.ports.delivery"
    label = "delivery"

    def ready(self) -> None:
        from shaodao.centre.cases import notices
        from shaodao.ground.messages import adapters
        from shaodao.ports.delivery import channels, reach

        adapters.register(notices.REACH, reach.reach, repeatable=True)
        adapters.ask(channels.find)
