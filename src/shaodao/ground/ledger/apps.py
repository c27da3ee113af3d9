from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "shaodao.ground.ledger"
    label = "ledger"
    verbose_name = "台账"
