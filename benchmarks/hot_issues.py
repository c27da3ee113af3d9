"""Hot issues of 4,326 real messages (`annex3_messages.xlsx` of the shared data): the time it takes, and the ten hottest.

The data lies in `$SHAODAO_SHARED_DATA`, by default `../shared/data` beside the checkout.

script/bench hot_issues
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("SHAODAO_SHARED_DATA") or ROOT.parent / "shared" / "data") / "messages"
FILE = DATA / "annex3_messages.xlsx"
MAP = "id=留言编号,title=留言主题,text=留言详情,at=留言时间,person=留言用户,likes=点赞数"
BAR = 10.0  # seconds, from the command to its last line


def main() -> None:
    if not FILE.exists():
        sys.exit(f"skipped: no {FILE.name} in {DATA}")
    command = [sys.executable, "-m", "shaodao.run", "hot-issues", str(FILE), "--map", MAP, "--json"]
    before, started = os.times(), time.monotonic()
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    wall, after = time.monotonic() - started, os.times()
    spent = sum(after[2:4]) - sum(before[2:4])
    issues = json.loads(answer.stdout)
    for number, issue in enumerate(issues, 1):
        print(f"{number:2} {issue['heat']:6.1f}  {issue['title']}  {issue['why']}")
    print(json.dumps({"wall_s": round(wall, 2), "processor_s": round(spent, 2), "bar_s": BAR}))
    if wall > BAR:
        sys.exit("too slow")


if __name__ == "__main__":
    main()
