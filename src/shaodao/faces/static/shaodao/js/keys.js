// Hands on the keyboard. In any list of a staff page: j, k to the next and the one before, Enter opens (it is a link), x ticks
// its box, / to the search, ? what there is, Esc leaves. And one key for one tap: <button data-key="y">, <a data-key="s">,
// <details data-key="n"> (opened and closed); what is hidden in a closed fold has no key.
// Keys are left alone while something is typed, in an open dialog, and with Ctrl, Alt or ⌘.

const LINK = "a.item, .item-title a, .item a";
const OPENED = "keys:opened";
const help = document.getElementById("keys");
const main = document.getElementById("main");
for (const opener of document.querySelectorAll("[data-open=keys]")) opener.hidden = false;

/** The links of the list's items, as they are on the page now. */
function links() {
  return [...main.querySelectorAll(".list > li")]
    .map((item) => item.querySelector(LINK))
    .filter((link) => link?.checkVisibility?.() ?? link?.offsetParent);
}

function item() {
  return document.activeElement?.closest(".list > li");
}

function focus(link) {
  link.focus({ preventScroll: true });
  link.closest("li").scrollIntoView({ block: "nearest" });
}

/** The item `step` away from the one that has the focus; the first if none has. */
function move(step) {
  const found = links();
  const here = found.findIndex((link) => link.closest("li") === item());
  const next = here < 0 ? 0 : Math.min(Math.max(here + step, 0), found.length - 1);
  if (found[next]) focus(found[next]);
  return Boolean(found[next]);
}

function search() {
  const field = main.querySelector("input[type=search]");
  if (field) {
    field.focus();
    field.select();
  } else {
    location.assign(help.dataset.search);
  }
  return true;
}

function tick() {
  const box = item()?.querySelector("input[type=checkbox]:enabled");
  box?.click();
  return Boolean(box);
}

function leave() {
  const here = item();
  if (here) document.activeElement.blur();
  return Boolean(here);
}

function tap(key) {
  const found = [...document.querySelectorAll("[data-key]")].find((each) => each.dataset.key === key);
  const fold = found?.parentElement.closest("details");
  if (!found || (fold && !fold.open)) return false;
  if (found.matches("details")) {
    found.open = !found.open;
    if (found.open) found.querySelector("button").focus();
  } else {
    found.click();
  }
  return true;
}

const KEYS = { j: () => move(1), k: () => move(-1), x: tick, "/": search, "?": () => help.showModal() ?? true, escape: leave };

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || document.querySelector("dialog[open]")) return;
  const key = event.key.toLowerCase();
  if (event.repeat && key !== "j" && key !== "k") return;
  if (event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]")) return;
  if (tap(key) || KEYS[key]?.()) event.preventDefault();
});

// ---- Back where one was -----------------------------------------------------------------------------------
// The item that was opened is remembered until a list shows it again, or until the same list comes back without it: then
// the one that took its place has the focus.

main?.addEventListener("click", (event) => {
  const link = event.target.closest(".list > li a");
  const at = link ? links().indexOf(link) : -1;
  if (at < 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
  sessionStorage.setItem(OPENED, JSON.stringify({ link: link.href, at, list: location.pathname + location.search }));
});

addEventListener("pageshow", () => {
  const opened = JSON.parse(sessionStorage.getItem(OPENED) ?? "null");
  const found = opened ? links() : [];
  if (!found.length || document.querySelector("[data-focus]")) return;
  const same = found.find((link) => link.href === opened.link);
  const there = opened.list === location.pathname + location.search;
  if (!same && !there) return;
  sessionStorage.removeItem(OPENED);
  focus(same ?? found[Math.min(opened.at, found.length - 1)]);
});
