// Keeps every chip of a running clock true: <span data-deadline data-soon-at><svg><use>…<span data-text>.
// Says the same words as shaodao/faces/moments.py. The server's clock counts, not the phone's.

import { t } from "./words.js";

const ICON = { calm: "clock", soon: "soon", overdue: "alert" };
const EVERY = 15_000;

/** A length of time in whole seconds, to the minute, rounded down. */
export function span(seconds) {
  const minutes = Math.floor(seconds / 60);
  const days = Math.floor(minutes / 1440);
  const hours = Math.floor((minutes % 1440) / 60);
  const rest = minutes % 60;
  if (days) return hours ? t("{days} 天 {hours} 小时", { days, hours }) : t("{days} 天", { days });
  if (hours) return rest ? t("{hours} 小时 {rest} 分", { hours, rest }) : t("{hours} 小时", { hours });
  return rest ? t("{rest} 分钟", { rest }) : t("不足 1 分钟");
}

/** How a running clock stands: all in epoch seconds. */
export function left(deadline, soonAt, now) {
  if (now > deadline) return { tone: "overdue", text: t("超期 {span}", { span: span(now - deadline) }) };
  return { tone: now >= soonAt ? "soon" : "calm", text: t("剩余 {span}", { span: span(deadline - now) }) };
}

function refresh(skew) {
  const now = Math.floor(Date.now() / 1000) + skew;
  for (const chip of document.querySelectorAll("[data-deadline]")) {
    const { tone, text } = left(Number(chip.dataset.deadline), Number(chip.dataset.soonAt), now);
    const words = chip.querySelector("[data-text]");
    if (words.textContent !== text) words.textContent = text;
    if (!chip.classList.contains(`left-${tone}`)) {
      chip.classList.remove("left-calm", "left-soon", "left-overdue");
      chip.classList.add(`left-${tone}`);
      const use = chip.querySelector("use");
      use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#${ICON[tone]}`));
    }
  }
}

const served = Number(document.body.dataset.now);
if (served) {
  const skew = served - Math.floor(Date.now() / 1000);
  setInterval(refresh, EVERY, skew);
  document.addEventListener("visibilitychange", () => document.hidden || refresh(skew));
  document.addEventListener("htmx:after:swap", () => refresh(skew));
}
