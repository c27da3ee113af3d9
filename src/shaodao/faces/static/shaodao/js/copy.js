// 复制: what was typed and could not be used, for the clipboard. Without it the words are selected by hand.

const button = document.querySelector("[data-copy]");

if (button && navigator.clipboard) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const words = [...button.parentElement.querySelectorAll("textarea")].map(({ value }) => value);
    const done = await navigator.clipboard.writeText(words.join("\n")).then(() => true, () => false);
    button.querySelector("[data-copy-name]").textContent = done ? "已复制" : "复制不了，请长按选中";
  });
}
