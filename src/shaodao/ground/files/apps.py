from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "shaodao.ground.files"
    label = "files"
    verbose_name = "图片与录音"
