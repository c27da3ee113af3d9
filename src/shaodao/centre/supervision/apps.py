from django.apps import AppConfig


class SupervisionConfig(AppConfig):
    name = "shaodao.centre.supervision"
    label = "supervision"

    def ready(self) -> None:
        from shaodao.centre.supervision.meetings.projection import MEETINGS
        from shaodao.centre.supervision.notes.projection import NOTES
        from shaodao.centre.supervision.orders.projection import ORDERS

        for kind in (ORDERS, NOTES, MEETINGS):
            kind.register()
