"""What axe-core finds on a page: WCAG 2.2 AA and what it holds for good practice."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from playwright.sync_api import Page

AXE = Path(__file__).resolve().parents[2] / ".tools" / "browser" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = ["color-contrast", "link-in-text-block"]  # all that another theme can change

RUN = """async (options) => (await axe.run(document, options)).violations.map((v) =>
    `${v.id}: ${v.nodes.length} × ${v.help}\\n` + v.nodes.slice(0, 3).map((n) =>
        `      ${n.target.join(" ")} ${n.any.concat(n.all, n.none).map((c) => c.message).join("; ").slice(0, 200)}`
    ).join("\\n"))"""


@cache
def axe() -> str:
    if not AXE.exists():
        raise FileNotFoundError(f"{AXE}: script/setup --dev brings it")
    return AXE.read_text()


def violations(page: Page, rules: list[str] | None = None) -> list[str]:
    """Each violation with its rule and the first places, as the page stands now; `rules`: only these."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe())
    only = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": TAGS}
    found: list[str] = page.evaluate(RUN, {"runOnly": only, "resultTypes": ["violations"]})
    return found
