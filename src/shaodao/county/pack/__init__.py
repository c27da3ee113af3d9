"""The county pack: plain files that make the software this county's. `load(path)` needs no Django."""

from .files import Fault, Files, PackError, canonical, from_canonical, read_folder, version_of
from .model import Pack, Settings
from .reader import load, load_files, read

__all__ = [
    "Fault",
    "Files",
    "Pack",
    "PackError",
    "Settings",
    "canonical",
    "from_canonical",
    "load",
    "load_files",
    "read",
    "read_folder",
    "version_of",
]
