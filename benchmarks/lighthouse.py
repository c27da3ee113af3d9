"""Lighthouse over what residents and the public open first: `script/bench lighthouse [--rounds 5]`.

The site runs as in production over the sample county. Lighthouse (simulated slow 4G, a
processor four times slower) measures each page, and beside them a plain page of a few words that the same server gives.
Printed: the median of each. The bars: performance 95, or not more than 3 below the plain page; accessibility 100.
Lighthouse is installed by its own lock at the first run; it needs npm and Chromium.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TOOL = ROOT / ".tools" / "lighthouse"
PORT = 18097
SITE = f"http://127.0.0.1:{PORT}"
PLAIN = "lighthouse-plain.html"
PERFORMANCE, BELOW_PLAIN, ACCESSIBILITY = 95, 3, 100
PLAIN_PAGE = """<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>哨到</title>
<meta name="description" content="哨到"><meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body><main><h1>哨到</h1><p>有事吹哨，部门来办。</p></main></body></html>"""


def install() -> Path:
    """Lighthouse by its lock, once."""
    lock = (ROOT / "benchmarks" / "lighthouse" / "package-lock.json").read_bytes()
    stamp = TOOL / "stamp"
    if not (stamp.exists() and stamp.read_bytes() == lock):
        shutil.rmtree(TOOL, ignore_errors=True)
        shutil.copytree(ROOT / "benchmarks" / "lighthouse", TOOL)
        # Not `npm ci`: it misses packages in locks that hold no addresses. What is locked is kept to all the same.
        quiet = ["--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(["npm", "install", *quiet], cwd=TOOL, check=True)
        stamp.write_bytes(lock)
    return TOOL / "node_modules" / "lighthouse" / "cli" / "index.js"


def prepare() -> None:
    """The sample county."""
    import django

    django.setup()
    from shaodao.county.pack import read_folder, versions

    with contextlib.suppress(versions.VersionRefused):  # installed by an earlier run
        versions.install(
            read_folder(ROOT / "county" / "huinan"),
            effective_from=datetime(2021, 1, 1, tzinfo=UTC),
            now=datetime.now(UTC),
        )


@contextlib.contextmanager
def serving() -> Iterator[None]:
    site = subprocess.Popen(
        [sys.executable, "-m", "shaodao.run", "serve", "--port", str(PORT)], stdout=subprocess.DEVNULL
    )
    try:
        for _ in range(600):
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{SITE}/readyz", timeout=1):
                break
            time.sleep(0.1)
        else:
            raise SystemExit("the site does not answer")
        yield
    finally:
        site.terminate()
        site.wait()


def measured(tool: Path, path: str) -> dict[str, Any]:
    """One run: scores of 100, seconds until it is interactive, and what accessibility misses."""
    flags = "--headless=new --no-sandbox" if os.geteuid() == 0 else "--headless=new"
    command = [
        "node", str(tool), f"{SITE}{path}", "--quiet", "--output=json", f"--chrome-flags={flags}",
        "--only-categories=performance,accessibility",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    audits, categories = found["audits"], found["categories"]
    asked = [each["id"] for each in categories["accessibility"]["auditRefs"]]
    return {
        "performance": round(100 * categories["performance"]["score"]),
        "accessibility": round(100 * categories["accessibility"]["score"]),
        "interactive": round(audits["interactive"]["numericValue"] / 1000, 2),
        "wrong": [id for id in asked if audits[id]["score"] == 0],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not (chromium and shutil.which("npm")):
        raise SystemExit("skipped: needs npm and Chromium (CHROMIUM names one)")
    os.environ["CHROME_PATH"] = chromium
    tool = install()
    prepare()
    with serving():
        static = Path(os.environ["SHAODAO_DATA"]) / "static"
        (static / PLAIN).write_text(PLAIN_PAGE)
    pages = [f"/static/{PLAIN}", "/", "/whistle", "/public/"]
    found: dict[str, list[dict[str, Any]]] = {page: [] for page in pages}
    with serving():
        for _ in range(rounds):
            for page in pages:
                found[page].append(measured(tool, page))
    (static / PLAIN).unlink()
    names = ("performance", "accessibility", "interactive")
    score = {
        page: {name: median(run[name] for run in runs) for name in names} for page, runs in found.items()
    }
    plain = score[pages[0]]["performance"]
    bad = False
    for page, figures in score.items():
        print(json.dumps({"page": page, **figures, "wrong": found[page][0]["wrong"]}, ensure_ascii=False))
        quick = figures["performance"] >= min(PERFORMANCE, plain - BELOW_PLAIN)
        bad = bad or (page != pages[0] and not (quick and figures["accessibility"] == ACCESSIBILITY))
    if bad:
        sys.exit("below the bars")


if __name__ == "__main__":
    main()
