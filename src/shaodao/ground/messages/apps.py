from django.apps import AppConfig


class MessagesConfig(AppConfig):
    name = "shaodao.ground.messages"
    label = "messages"
    verbose_name = "消息"
