"""Settings of the tests: an own data folder, quick passwords, no pool (each test owns its connections)."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
for name in ("DATABASE_URL", "DATABASE_OWNER_URL"):
    os.environ.pop(name, None)
os.environ["SHAODAO_DATA"] = str(ROOT / "var" / "test")

from shaodao.run import home  # noqa: E402

(home.prepare(home.data_folder()) / "static").mkdir(exist_ok=True)

from shaodao.run.settings import *  # noqa: E402, F403
from shaodao.run.settings import DATABASES, STORAGES  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
DATABASES["default"]["OPTIONS"].pop("pool")
DATABASES["default"]["CONN_HEALTH_CHECKS"] = False
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
