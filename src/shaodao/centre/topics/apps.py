from django.apps import AppConfig


class TopicsConfig(AppConfig):
    name = "shaodao.centre.topics"
    label = "topics"

    def ready(self) -> None:
        from shaodao.centre.topics.projection import TOPICS

        TOPICS.register()
