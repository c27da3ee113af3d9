"""The county pack: plain files that make the software this county's. `load(path)` needs no Django."""

from .check import check, check_files, load
from .files import Fault, Files, PackError, canonical, from_canonical, read_folder, version_of
from .model import Pack, Settings
from .reader import load_files

__all__ = [
    "Fault",
    "Files",
    "Pack",
    "PackError",
    "Settings",
    "canonical",
    "check",
    "check_files",
    "from_canonical",
    "load",
    "load_files",
    "read_folder",
    "version_of",
]
