// 办理前后: the picture of the finish laid over that of the report, with a line to move between them. Of several one pair is
// chosen. Without it all of them stand beside each other, and so they do on paper.

import { t } from "./words.js";

/** The links to pictures of one side become buttons that choose; a picture alone needs none. */
function choices(side, image) {
  const links = [...side.querySelectorAll("a")];
  const show = (link) => {
    image.src = link.href;
    image.alt = link.querySelector("img").alt;
  };
  show(links[0]);
  if (links.length < 2) {
    side.classList.add("only-print");
    return;
  }
  const buttons = links.map((link) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "compare-choice no-print";
    button.append(link.querySelector("img").cloneNode());
    link.before(button);
    link.classList.add("only-print");
    button.addEventListener("click", () => {
      for (const other of buttons) other.setAttribute("aria-pressed", other === button);
      show(link);
    });
    return button;
  });
  for (const button of buttons) button.setAttribute("aria-pressed", button === buttons[0]);
}

export function comparison(root) {
  const view = root.querySelector("[data-compare-view]");
  const line = view.querySelector("input");
  const [before, after] = view.querySelectorAll("img");
  const [first, second] = root.querySelectorAll("figure");
  choices(first, before);
  choices(second, after);
  const move = () => {
    view.style.setProperty("--at", `${line.value}%`);
    line.setAttribute("aria-valuetext", t("左边 {share}% 是办理前，右边是办理后", { share: line.value }));
  };
  line.addEventListener("input", move);
  move();
  view.hidden = false;
}

for (const root of document.querySelectorAll("[data-compare]")) comparison(root);
