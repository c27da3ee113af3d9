// 长辈版: one thing on the screen at a time. A form with data-steps shows one [data-step] after the other, and sends at the last;
// a rating asks how content one is only after 解决了吗. In the standard layout, and without scripts, all of it is there at once.

import { t } from "./words.js";

const large = () => document.documentElement.dataset.size === "large" || document.cookie.includes("size=large");

/** Steps through a form. `missing()`: whether a step with data-step-needed says nothing yet; it tells so itself. */
export function steps(form, missing) {
  if (!large()) return;
  const every = [...form.querySelectorAll("[data-step]")];
  const [told, back, on, send] = ["[data-step-told]", "[data-step-back]", "[data-step-on]", "[data-send]"].map((name) => form.querySelector(name));
  let at = 0;

  function show(next, focus = true) {
    at = Math.min(Math.max(next, 0), every.length - 1);
    for (const [n, step] of every.entries()) step.hidden = n !== at;
    for (const part of form.querySelectorAll("[data-step-with]")) part.hidden = part.dataset.stepWith !== every[at].dataset.step;
    const last = at === every.length - 1;
    told.hidden = false;
    told.textContent = t("第 {n} 步，共 {all} 步：{name}", { n: at + 1, all: every.length, name: every[at].dataset.step });
    back.hidden = at === 0;
    on.hidden = last;
    send.hidden = !last;
    if (!focus) return;
    scrollTo(0, 0);
    told.focus({ preventScroll: true });
  }
  function go() {
    if ("stepNeeded" in every[at].dataset && missing()) return;
    show(at + 1);
  }
  back.addEventListener("click", () => show(at - 1));
  on.addEventListener("click", go);
  form.addEventListener("step", ({ target }) => show(every.indexOf(target.closest("[data-step]")), false));
  form.addEventListener("reset", () => show(0, false));
  form.addEventListener("submit", (event) => {
    if (event.submitter?.name === "joins" || at === every.length - 1) return;
    event.preventDefault();
    event.stopImmediatePropagation(); // the key that sends a form goes on to the next step
    go();
  });
  for (const heading of form.querySelectorAll("[data-step] > h2")) heading.hidden = true; // the line of the step says it
  const wrong = form.querySelector("[data-step] .field-error:not([hidden])");
  show(wrong ? every.indexOf(wrong.closest("[data-step]")) : 0, false);
}

/** The second question of a rating comes after the first is answered. */
export function rating(form) {
  const [solved, ...rest] = form.querySelectorAll("fieldset.field");
  if (!large() || !solved?.querySelector("[name=solved]")) return;
  for (const each of rest) each.hidden = true;
  solved.addEventListener("change", () => {
    for (const each of rest) each.hidden = false;
    rest[0]?.scrollIntoView({ block: "center" });
  });
}
