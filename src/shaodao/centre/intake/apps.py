from django.apps import AppConfig


class IntakeConfig(AppConfig):
    name = "shaodao.centre.intake"
    label = "intake"
