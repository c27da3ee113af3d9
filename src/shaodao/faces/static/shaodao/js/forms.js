// Makes long forms short: parts that mean something only with another answer, long lists narrowed by typing, and the
// sub-cases of the item chosen. The plain form works without it; the server checks everything.

/** <div data-when="field=a,b">: shown while the field has one of these values. */
function conditional(part) {
  const form = part.closest("form");
  const [name, values] = part.dataset.when.split("=");
  const wanted = values.split(",");
  const look = () => {
    const chosen = new FormData(form).getAll(name);
    part.hidden = !chosen.some((value) => wanted.includes(value));
  };
  form.addEventListener("change", look);
  look();
}

/** <div data-narrow> with a search field and groups of labels; what is ticked stays in sight. */
function narrowed(box) {
  const search = box.querySelector("[data-narrow-by]");
  search.hidden = false;
  search.addEventListener("input", () => {
    const words = search.value.trim();
    for (const group of box.querySelectorAll("[data-narrow-group]")) {
      let left = 0;
      for (const label of group.querySelectorAll("label")) {
        const shown = label.textContent.includes(words) || label.querySelector("input").checked;
        label.hidden = !shown;
        left += shown;
      }
      group.hidden = !left;
    }
  });
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });
}

/** <select data-follows="item">: only the group named like the item chosen, and the choice of none. */
function following(select) {
  const leader = select.form.querySelector(`[name="${select.dataset.follows}"]`);
  const field = select.closest(".field");
  const groups = [...select.querySelectorAll("optgroup")];
  const look = () => {
    const name = leader.value ? leader.selectedOptions[0].textContent : "";
    for (const group of groups) group.remove();
    const own = groups.filter((group) => group.label === name);
    select.append(...own);
    field.hidden = !own.length;
    if (!own.length) select.value = "";
  };
  leader.addEventListener("change", look);
  look();
}

for (const part of document.querySelectorAll("[data-when]")) conditional(part);
for (const box of document.querySelectorAll("[data-narrow]")) narrowed(box);
for (const select of document.querySelectorAll("select[data-follows]")) following(select);
