// Keeps every chip of a running clock true: <span data-deadline data-soon-at><svg><use>…<span data-text>.
// Says the same words as shaodao/faces/moments.py. The server's clock counts, not the phone's.

const ICON = { calm: "clock", soon: "soon", overdue: "alert" };
const EVERY = 15_000;

/** A length of time in whole seconds, to the minute, rounded down. */
export function span(seconds) {
  const minutes = Math.floor(seconds / 60);
  const days = Math.floor(minutes / 1440);
  const hours = Math.floor((minutes % 1440) / 60);
  const rest = minutes % 60;
  if (days) return hours ? `${days} 天 ${hours} 小时` : `${days} 天`;
  if (hours) return rest ? `${hours} 小时 ${rest} 分` : `${hours} 小时`;
  return rest ? `${rest} 分钟` : "不足 1 分钟";
}

/** How a running clock stands: all in epoch seconds. */
export function left(deadline, soonAt, now) {
  if (now > deadline) return { tone: "overdue", text: `超期 ${span(now - deadline)}` };
  return { tone: now >= soonAt ? "soon" : "calm", text: `剩余 ${span(deadline - now)}` };
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
