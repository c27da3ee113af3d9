// Once words or a picture and the place are there, what others have reported close by is offered: one tap joins it instead
// of filing it again. Nothing depends on it.

const WAIT = 800; // milliseconds without a change before asking
const EDGE = 480; // pixels: enough to know a picture again
const FIELDS = ["text", "item", "village", "address", "lon", "lat", "crs"];

async function small(file) {
  const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, EDGE / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.9));
}

function alike(form) {
  const place = form.querySelector("#alike");
  const photos = form.querySelector("input[type=file][accept^=image]");
  const value = (name) => form.elements[name]?.value?.trim() ?? "";
  let timer = 0;
  let asked = "";

  async function ask() {
    const body = new FormData();
    for (const name of FIELDS) body.append(name, form.querySelector(`[name=${name}]`)?.value ?? "");
    const file = photos?.files[0];
    const placed = (value("lon") && value("lat")) || value("village") || value("address");
    const now = placed && (value("text").length > 3 || file) ? JSON.stringify([...body]) + (file ? file.name + file.size : "") : "";
    if (now === asked) return;
    asked = now;
    if (!now) {
      place.replaceChildren();
      return;
    }
    try {
      if (file && self.createImageBitmap) body.append("photos", await small(file), "photo.jpg");
      const headers = { "X-CSRFToken": form.elements.csrfmiddlewaretoken?.value ?? "" };
      const answer = await fetch(form.dataset.alikeUrl, { method: "POST", body, headers });
      if (answer.ok && now === asked) place.innerHTML = await answer.text();
    } catch {
      // offline, or a picture that cannot be read here: the report goes its way
    }
  }
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT);
  };
  for (const what of ["input", "change", "located", "picked"]) form.addEventListener(what, soon);
  soon();
}

for (const form of document.querySelectorAll("form[data-alike-url]")) alike(form);
