"""Which fonts there are, which character each has, and what stands in for what.

The fonts lie in `fonts/` beside this module (`script/vendor` puts them there). A folder named by SHAODAO_FONTS may
hold more: they come last in every stack, for characters that no other font has.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from threading import Lock

from .model import StandIn
from .refusals import Refusal

FOLDER = Path(__file__).with_name("fonts")
KINDS = (".otf", ".ttf", ".ttc")


class Role(Enum):
    """What a font is for, by the name the standard gives it."""

    FANG = "仿宋"
    KAI = "楷体"
    HEI = "黑体"
    TITLE = "小标宋"
    SONG = "宋体"


@dataclass(frozen=True, slots=True)
class Face:
    family: str
    weight: int
    path: Path

    @property
    def name(self) -> str:
        return self.family


FANG = ("FandolFang-Regular.otf", "FandolFang R", 400)
KAI = ("LXGWWenKai-Regular.ttf", "LXGW WenKai", 400)
KAI_OTHER = ("FandolKai-Regular.otf", "FandolKai", 400)
HEI = ("NotoSansSC_500Medium.ttf", "Noto Sans SC", 500)
SONG = ("NotoSerifSC_400Regular.ttf", "Noto Serif SC", 400)
TITLE = ("NotoSerifSC_600SemiBold.ttf", "Noto Serif SC", 600)

STACKS = {
    Role.FANG: (FANG, KAI, SONG, HEI),
    Role.KAI: (KAI, KAI_OTHER, SONG, HEI),
    Role.HEI: (HEI, SONG, KAI),
    Role.TITLE: (TITLE, SONG, HEI, KAI),
    Role.SONG: (SONG, FANG, HEI, KAI),
}


@dataclass(frozen=True, slots=True)
class Fonts:
    """The installed fonts of a folder."""

    faces: tuple[Face, ...]
    stacks: dict[Role, tuple[Face, ...]]

    def families(self, role: Role) -> list[str]:
        return list(dict.fromkeys(face.family for face in self.stacks[role]))

    def check(self, texts: Iterable[tuple[Role, str]]) -> tuple[StandIn, ...]:
        """What stands in for what in these texts. Refuses the characters that no font has, all of them at once."""
        used: dict[tuple[Role, Face], set[str]] = {}
        missing: set[str] = set()
        for role, text in texts:
            for character in set(text):
                if character.isspace():
                    continue
                face = next(
                    (face for face in self.stacks[role] if ord(character) in covered(face.path)), None
                )
                if face is None:
                    missing.add(character)
                else:
                    used.setdefault((role, face), set()).add(character)
        if missing:
            raise Refusal("no_glyph", characters="、".join(named(one) for one in sorted(missing)))
        return tuple(self._stand_ins(used))

    def _stand_ins(self, used: dict[tuple[Role, Face], set[str]]) -> Iterable[StandIn]:
        for role in dict.fromkeys(role for role, _ in used):
            wanted = STACKS[role][0]
            first = self.stacks[role][0]
            if first.path.name != wanted[0]:
                yield StandIn(role.value, first.name)
            for (of, face), characters in used.items():
                if of is role and face != first:
                    yield StandIn(role.value, face.name, "".join(sorted(characters)))


def named(character: str) -> str:
    return f"{character}（U+{ord(character):04X}）"


def printable(text: str) -> str:
    """Without controls, joiners and variation selectors, which have no shape; line breaks stay."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return "".join(one for one in text if one == "\n" or not _shapeless(one))


def _shapeless(character: str) -> bool:
    code = ord(character)
    return (
        unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")
        or 0xFE00 <= code <= 0xFE0F
        or 0xE0100 <= code <= 0xE01EF
    )


def installed(folder: Path | None = None) -> Fonts:
    """The fonts of this folder. Refuses (`no_fonts`) when a role has none at all."""
    more = os.environ.get("SHAODAO_FONTS", "")
    return _installed(folder or FOLDER, Path(more) if more and Path(more).is_dir() else None)


@cache
def _installed(folder: Path, more: Path | None) -> Fonts:
    extra = (
        [Face(_family(path), 400, path) for path in sorted(more.iterdir()) if path.suffix.lower() in KINDS]
        if more
        else []
    )
    stacks: dict[Role, tuple[Face, ...]] = {}
    for role, stack in STACKS.items():
        there = [
            Face(family, weight, folder / file) for file, family, weight in stack if (folder / file).exists()
        ]
        if not there:
            raise Refusal("no_fonts", font=f"{role.value}（{stack[0][0]}）")
        stacks[role] = (*there, *extra)
    return Fonts(tuple(dict.fromkeys(face for stack in stacks.values() for face in stack)), stacks)


_reading = Lock()


def covered(path: Path) -> frozenset[int]:
    with _reading:  # reading a map takes a tenth of a second: once, whoever asks first
        return _covered(path)


@cache
def _covered(path: Path) -> frozenset[int]:
    from fontTools.ttLib import TTFont  # 0.2 s, and only documents need it

    with TTFont(path, lazy=True, fontNumber=0) as font:
        return frozenset(font.getBestCmap() or ())


def _family(path: Path) -> str:
    from fontTools.ttLib import TTFont

    with TTFont(path, lazy=True, fontNumber=0) as font:
        return str(font["name"].getBestFamilyName())
