from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Incoming",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("system", models.CharField(max_length=64)),
                ("external_id", models.CharField(max_length=200)),
                ("received_at", models.DateTimeField()),
                ("commitment", models.CharField(max_length=64)),
            ],
            options={
                "db_table": "messages_inbox",
                "constraints": [models.UniqueConstraint(fields=("system", "external_id"), name="inbox_once")],
            },
        ),
        migrations.CreateModel(
            name="Outgoing",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("channel", models.CharField(max_length=32)),
                ("recipient", models.CharField(max_length=128)),
                ("template", models.CharField(max_length=64)),
                ("params", models.JSONField()),
                ("dedupe_key", models.CharField(max_length=255, unique=True)),
                ("not_before", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "待发送"), ("sent", "已发送"), ("dead", "发送失败")],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("last_error", models.CharField(default="", max_length=300)),
                ("sent_at", models.DateTimeField(null=True)),
                ("read_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "messages_outbox",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")),
                        fields=["not_before", "id"],
                        name="outbox_waiting",
                    ),
                    models.Index(condition=models.Q(("state", "dead")), fields=["id"], name="outbox_dead"),
                    models.Index(fields=["recipient", "channel", "-id"], name="outbox_recipient"),
                ],
            },
        ),
    ]
