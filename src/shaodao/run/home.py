"""The data folder of one installation and the secrets that lie in it.

Everything an installation must keep is under one folder: `SHAODAO_DATA`, or `var/data` of the working
directory. Secrets come from the environment (`SHAODAO_<NAME>`) or from `secrets.json`, readable by its
owner only, made once by `prepare`.
"""

import json
import os
import secrets
from pathlib import Path

SECRETS = ("secret_key", "phone_key", "db_owner_password", "db_app_password")


class NotPrepared(RuntimeError):
    """The data folder has no secrets yet; the message says which command makes them."""


def data_folder() -> Path:
    """The absolute data folder; it need not exist yet."""
    return Path(os.environ.get("SHAODAO_DATA") or "var/data").resolve()


def prepare(folder: Path) -> Path:
    """Make the data folder and its secrets where they are missing; harmless when repeated."""
    folder.mkdir(parents=True, exist_ok=True)
    # A root-run installation keeps its database under another account, which must be able to pass through.
    folder.chmod(0o711)
    target = folder / "secrets.json"
    if not target.exists():
        fresh = {name: secrets.token_urlsafe(48) for name in SECRETS}
        scratch = folder / f".secrets-{os.getpid()}"
        scratch.unlink(missing_ok=True)
        descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as stream:
            json.dump(fresh, stream, indent=1)
            stream.flush()
            os.fsync(stream.fileno())
        try:
            os.link(scratch, target)  # unlike a rename, a link never replaces what another process made first
        except FileExistsError:
            pass
        finally:
            scratch.unlink()
    return folder


def secret(name: str, folder: Path | None = None) -> str:
    """One secret as text. Raises `NotPrepared` when neither environment nor file has it."""
    if value := os.environ.get(f"SHAODAO_{name.upper()}"):
        return value
    source = (folder or data_folder()) / "secrets.json"
    try:
        return str(json.loads(source.read_text())[name])
    except (FileNotFoundError, KeyError):
        raise NotPrepared(f"no secret '{name}' in {source}; 'shaodao db start' makes a new folder") from None
    except PermissionError:
        raise NotPrepared(f"{source} belongs to another account") from None
