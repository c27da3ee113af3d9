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
    dependencies = []
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
    ]
