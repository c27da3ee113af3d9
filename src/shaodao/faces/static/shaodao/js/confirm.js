// Asks before a grave step, and says short things at the bottom of the page.
//   <button data-confirm="退回这一单？" data-confirm-text="退单只能申请一次。" data-confirm-yes="申请退单">
// Without scripts the form is simply sent: the server checks everything anyway.

import { t } from "./words.js";

const dialog = document.getElementById("confirm");
let asked = null;

function ask(button) {
  asked = button;
  const { confirm, confirmText, confirmYes } = button.dataset;
  const text = dialog.querySelector("[data-confirm-text]");
  dialog.querySelector("[data-confirm-title]").textContent = confirm;
  text.textContent = confirmText ?? "";
  text.hidden = !confirmText;
  dialog.querySelector("[data-confirm-yes]").textContent = confirmYes ?? button.textContent.trim();
  dialog.returnValue = "no";
  dialog.showModal();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-confirm]");
  if (!button || button.dataset.confirmed || !dialog?.showModal) return;
  event.preventDefault();
  if (!button.form || button.form.reportValidity()) ask(button);
});

dialog?.addEventListener("close", () => {
  if (dialog.returnValue !== "yes" || !asked) return;
  asked.dataset.confirmed = "1"; // this click is the answer
  asked.click();
  delete asked.dataset.confirmed;
});

/** Opens any dialog of the page: <button data-open="id">; closes by <button data-close> inside it. */
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open]");
  if (opener) document.getElementById(opener.dataset.open)?.showModal();
  if (event.target.closest("[data-close]")) event.target.closest("dialog")?.close();
});

// A form is sent once, however often the button is pressed; a page that comes back may send again.
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || event.target.method === "dialog") return;
  if (event.target.dataset.sent) event.preventDefault();
  else if (!event.target.matches("[hx-post], [hx-get], [method=get]")) event.target.dataset.sent = "1";
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

const toasts = document.getElementById("toasts");

/** Shows a line for eight seconds. */
export function say(text) {
  const toast = document.createElement("p");
  toast.className = "toast";
  toast.textContent = text;
  toasts.append(toast);
}

if (toasts) {
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) {
      for (const node of addedNodes) if (node.nodeType === 1) setTimeout(() => node.remove(), 8000);
    }
  }).observe(toasts, { childList: true });
  document.addEventListener("htmx:error", () => say(t("网络不通，刚才的操作没有送到。请稍后再试。")));
}

document.querySelector("[data-focus]")?.focus();
