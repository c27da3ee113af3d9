from django.apps import AppConfig


class LikenessConfig(AppConfig):
    name = "shaodao.centre.likeness"
    label = "likeness"

    def ready(self) -> None:
        from shaodao.centre.likeness import watching  # noqa: F401
