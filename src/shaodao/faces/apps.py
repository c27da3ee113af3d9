from django.apps import AppConfig


class FacesConfig(AppConfig):
    name = "shaodao.faces"
    label = "faces"
    verbose_name = "界面"

    def ready(self) -> None:
        from shaodao.faces.accounts import second_factor

        second_factor.connect()
