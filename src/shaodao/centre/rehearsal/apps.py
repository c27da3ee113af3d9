from django.apps import AppConfig


class RehearsalConfig(AppConfig):
    name = "shaodao.centre.rehearsal"
    label = "rehearsal"
