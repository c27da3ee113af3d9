from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial")]

    operations = [
        migrations.AddField("case", "summary", models.CharField(blank=True, default="", max_length=64)),
        migrations.AddField("case", "identified", models.BooleanField(default=False)),
        migrations.AddIndex(
            "case",
            models.Index(
                fields=["ended_at"],
                name="case_identified",
                condition=models.Q(identified=True, ended_at__isnull=False),
            ),
        ),
    ]
