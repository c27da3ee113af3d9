import uuid

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Evidence",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("commitment", models.CharField(max_length=64, unique=True)),
                ("salt", models.BinaryField(null=True)),
                ("kind", models.CharField(choices=[("picture", "图片"), ("voice", "录音")], max_length=7)),
                ("media_type", models.CharField(max_length=20)),
                ("size", models.IntegerField()),
                ("width", models.IntegerField(null=True)),
                ("height", models.IntegerField(null=True)),
                ("phash", models.BinaryField(null=True)),
                (
                    "phash_bands",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.IntegerField(), null=True, size=None
                    ),
                ),
                ("taken_at", models.DateTimeField(null=True)),
                ("lon", models.IntegerField(null=True)),
                ("lat", models.IntegerField(null=True)),
                (
                    "faces",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20), null=True, size=None
                    ),
                ),
                (
                    "boxes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20), null=True, size=None
                    ),
                ),
                ("looks", models.SmallIntegerField(default=0)),
                ("subject", models.CharField(max_length=64)),
                ("uploader", models.CharField(max_length=64)),
                ("uploaded_at", models.DateTimeField()),
                ("attached_to", models.CharField(max_length=40)),
                ("erased_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "files_evidence",
                "indexes": [
                    models.Index(
                        condition=models.Q(("attached_to", ""), _negated=True),
                        fields=["attached_to"],
                        name="files_of_case",
                    ),
                    models.Index(
                        condition=models.Q(("attached_to", "")),
                        fields=["uploaded_at"],
                        name="files_unattached",
                    ),
                    models.Index(
                        condition=models.Q(("subject", ""), _negated=True),
                        fields=["subject"],
                        name="files_of_subject",
                    ),
                    django.contrib.postgres.indexes.GinIndex(fields=["phash_bands"], name="files_alike"),
                    models.Index(
                        condition=models.Q(
                            ("erased_at", None),
                            ("faces", None),
                            ("kind", "picture"),
                            models.Q(("attached_to", ""), _negated=True),
                        ),
                        fields=["uploaded_at"],
                        name="files_not_looked_at",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("erased_at", None),
                            models.Q(
                                ("boxes", None),
                                ("faces", None),
                                ("height", None),
                                ("lat", None),
                                ("lon", None),
                                ("phash", None),
                                ("phash_bands", None),
                                ("salt", None),
                                ("size", 0),
                                ("subject", ""),
                                ("taken_at", None),
                                ("uploader", ""),
                                ("width", None),
                            ),
                            _connector="OR",
                        ),
                        name="files_erased_is_blank",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("lat", None), ("lon", None)),
                            models.Q(("lon__isnull", False), ("lat__isnull", False)),
                            _connector="OR",
                        ),
                        name="files_place_is_whole",
                    ),
                ],
            },
        ),
    ]
