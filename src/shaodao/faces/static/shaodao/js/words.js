// What scripts say: the Chinese that stands in them, or what the page brought along for it in another language.

const block = document.getElementById("spoken");
const spoken = block ? JSON.parse(block.textContent) : {};

/** `t("最多 {most} 张", { most })`: a sentence with its facts filled in. `faces/spoken.py` finds them by this very form. */
export function t(text, facts = {}) {
  return (spoken[text] ?? text).replace(/\{(\w+)\}/g, (whole, name) => facts[name] ?? whole);
}
