from django.conf import settings
from django.db import migrations, models

# Django's database cache, made here so that `migrate` is all an installation needs.
CACHE = """
CREATE TABLE faces_cache (
    cache_key varchar(255) PRIMARY KEY,
    value text NOT NULL,
    expires timestamptz NOT NULL
);
CREATE INDEX faces_cache_expires ON faces_cache (expires);
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = [migrations.swappable_dependency(settings.AUTH_USER_MODEL)]
    operations = [
        migrations.RunSQL(CACHE, "DROP TABLE faces_cache"),
        migrations.CreateModel(
            name="PhoneCode",
            fields=[
                ("phone", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("code", models.CharField(max_length=64)),
                ("expires_at", models.DateTimeField()),
                ("tries", models.PositiveSmallIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="Wall",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("hash", models.CharField(max_length=64, unique=True)),
                ("name", models.CharField(max_length=32)),
                ("put_up_by", models.CharField(max_length=48)),
                ("put_up_at", models.DateTimeField()),
                ("taken_down_by", models.CharField(blank=True, default="", max_length=48)),
                ("taken_down_at", models.DateTimeField(null=True)),
                ("seen_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Export",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("post", models.BigIntegerField()),
                ("table", models.CharField(max_length=32)),
                ("asked", models.JSONField(default=dict)),
                ("asked_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField(null=True)),
                ("tries", models.PositiveIntegerField(default=0)),
                ("done", models.PositiveIntegerField(default=0)),
                ("rows", models.PositiveIntegerField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("fault", models.CharField(blank=True, default="", max_length=32)),
                ("file", models.BinaryField(null=True)),
                ("expires_at", models.DateTimeField(null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=["asked_at"],
                        name="export_waiting",
                    ),
                    models.Index(fields=["user", "post", "-asked_at"], name="export_of_capacity"),
                ],
            },
        ),
        migrations.CreateModel(
            name="SavedFilter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("actor", models.CharField(max_length=48)),
                ("role", models.CharField(max_length=32)),
                ("unit", models.CharField(max_length=32)),
                ("name", models.CharField(max_length=16)),
                ("query", models.CharField(max_length=400)),
                ("saved_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=["actor", "role", "unit", "name"], name="saved_filter_name"
                    )
                ],
            },
        ),
    ]
