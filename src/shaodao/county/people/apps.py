from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "shaodao.county.people"
    label = "people"
    verbose_name = "人员与岗位"
