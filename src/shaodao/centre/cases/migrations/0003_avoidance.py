from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0002_summary_and_identity")]

    operations = [
        migrations.AddField("case", "anonymous", models.BooleanField(default=False)),
        migrations.AddField("case", "against", models.CharField(blank=True, default="", max_length=32)),
    ]
