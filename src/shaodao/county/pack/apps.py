from django.apps import AppConfig


class PackConfig(AppConfig):
    name = "shaodao.county.pack"
    label = "pack"
    verbose_name = "县域配置包"
