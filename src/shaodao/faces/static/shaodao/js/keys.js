// One key for one tap: <button data-key="y">, <a data-key="s">, <details data-key="n"> (opened and closed). Keys are left
// alone while something is typed, and with Ctrl, Alt or ⌘. What is hidden in a closed fold has no key.

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
  if (event.target.closest("input, textarea, select")) return;
  const key = event.key.toLowerCase();
  const found = [...document.querySelectorAll("[data-key]")].find((each) => each.dataset.key === key);
  if (!found) return;
  const fold = found.parentElement.closest("details");
  if (fold && !fold.open) return;
  event.preventDefault();
  if (found.matches("details")) {
    found.open = !found.open;
    if (found.open) found.querySelector("button").focus();
  } else {
    found.click();
  }
});
