from django.apps import AppConfig


class FacesConfig(AppConfig):
    name = "shaodao.faces"
    label = "faces"
    verbose_name = "界面"

    def ready(self) -> None:
        from shaodao.faces.accounts import phone_code, second_factor  # noqa: F401
        from shaodao.faces.discipline import guard

        second_factor.connect()
        guard.connect()
