"""What the scripts of the residents' pages say, found in the scripts themselves: `t("…")` of `words.js`."""

import re
from functools import lru_cache

from django.contrib.staticfiles import finders
from django.utils.translation import gettext

SCRIPTS = (
    "app",
    "blackout",
    "clock",
    "compare",
    "confirm",
    "map",
    "queue",
    "steps",
    "suggest",
    "waiting",
    "whistle",
)
SENTENCE = re.compile(r'\bt\("([^"]+)"')


@lru_cache(maxsize=1)
def sentences() -> tuple[str, ...]:
    """Every sentence once, in Chinese, as it stands in the scripts."""
    found: dict[str, None] = {}
    for name in SCRIPTS:
        path = finders.find(f"shaodao/js/{name}.js")
        assert isinstance(path, str), name
        with open(path, encoding="utf-8") as file:
            found.update(dict.fromkeys(SENTENCE.findall(file.read())))
    return tuple(found)


def spoken() -> dict[str, str]:
    """The same with what they are in the language of the page."""
    return {sentence: gettext(sentence) for sentence in sentences()}
