// While words are typed, the likeliest items of the manual are offered; one tap takes one. Nothing depends on it.

import { t } from "./words.js";

const WAIT = 500; // milliseconds without a key before asking

function suggest(form) {
  const text = form.querySelector("[data-suggest]");
  const place = form.querySelector("#suggested");
  const item = form.querySelector("[name=item]"); // `elements.item` is a method
  const token = form.elements.csrfmiddlewaretoken?.value ?? ""; // none on a page kept on the phone
  let timer = 0;
  let asked = "";

  async function ask() {
    const words = text.value.trim();
    if (words === asked || item.value) return;
    asked = words;
    const body = new URLSearchParams({ text: words });
    try {
      const answer = await fetch(form.dataset.suggestUrl, { method: "POST", body, headers: { "X-CSRFToken": token } });
      if (answer.ok && words === asked) place.innerHTML = await answer.text();
    } catch {
      // offline: the report goes without a suggestion
    }
  }
  text.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT);
  });
  place.addEventListener("change", (event) => {
    if (event.target.matches("[data-pick-item]")) item.value = event.target.value;
  });
}

/** <button data-preview="address">: what others would see of this form, drawn by the server's own rule. */
function preview(button) {
  const form = button.form;
  const place = document.getElementById("preview");
  button.closest("[data-preview-part]").hidden = false;
  button.addEventListener("click", async () => {
    const body = new FormData(form);
    body.delete("photos");
    try {
      const answer = await fetch(button.dataset.preview, { method: "POST", body });
      if (!answer.ok) throw new Error(answer.status);
      place.innerHTML = await answer.text();
    } catch {
      place.textContent = t("现在没有网络，看不了；不影响提交。");
    }
  });
}

for (const form of document.querySelectorAll("form[data-suggest-url]")) suggest(form);
for (const button of document.querySelectorAll("[data-preview]")) preview(button);
