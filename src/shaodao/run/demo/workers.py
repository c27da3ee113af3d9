"""The replay in worker processes. A worker is a fresh interpreter: it sets Django up before it imports anything of it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .people import Cast

if TYPE_CHECKING:
    from .planning import Arrival
    from .replay import Story

CHUNKS = 48

_begun: dict[str, Any] = {}


def stories(
    families: list[list[Arrival]], folder: Path, cast: Cast, until: datetime, seed: int, workers: int
) -> Iterator[Story]:
    """Live through all families under the pack of `folder`; in no particular order."""
    pool = ProcessPoolExecutor(workers, get_context("spawn"), _begin, (folder, cast, until, seed))
    with pool:
        waiting = [pool.submit(_live_through, families[n::CHUNKS]) for n in range(CHUNKS)]
        for done in as_completed(waiting):
            yield from done.result()


def _begin(folder: Path, cast: Cast, until: datetime, seed: int) -> None:
    from shaodao.run.cli import set_up_django

    set_up_django()
    from shaodao.county.pack import load_files, read_folder

    from . import replay

    _begun["live"], _begun["seed"] = replay.family, seed
    _begun["world"] = replay.world_of(load_files(read_folder(folder)), cast, until)


def _live_through(families: list[list[Arrival]]) -> list[Story]:
    return [story for family in families for story in _begun["live"](_begun["world"], family, _begun["seed"])]
