// Several of a list at once: how many are ticked, and all of the page with one tap.
//   <form data-pick> … <input type=checkbox name=case> … [data-pick-all hidden] [data-pick-told]

const form = document.querySelector("[data-pick]");
const all = form.querySelector("[data-pick-all]");
const told = form.querySelector("[data-pick-told]");
const boxes = () => [...form.querySelectorAll("input[name=case]")];
const first = told.textContent;

function tell() {
  const ticked = boxes().filter((box) => box.checked).length;
  told.textContent = ticked ? `选了 ${ticked} 件：` : first;
  const every = all.querySelector("input");
  every.checked = ticked === boxes().length;
  every.indeterminate = ticked > 0 && !every.checked;
}

all.hidden = false;
form.addEventListener("change", (event) => {
  if (event.target.closest("[data-pick-all]")) boxes().forEach((box) => (box.checked = event.target.checked));
  tell();
});
addEventListener("pageshow", tell);
