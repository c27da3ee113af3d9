from django.apps import AppConfig


class SupervisionConfig(AppConfig):
    name = "shaodao.centre.supervision"
    label = "supervision"

    def ready(self) -> None:
        from shaodao.centre.supervision.meetings import projection as meetings
        from shaodao.centre.supervision.notes import projection as notes
        from shaodao.centre.supervision.orders import projection as orders
        from shaodao.ground.ledger import projections

        for each in (orders, notes, meetings):
            projections.register(each.KIND, each.check, each.strays)
