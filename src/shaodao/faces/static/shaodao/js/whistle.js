// The whistle form: pictures with a preview, the phone's position, a draft that survives a closed page.
// Everything here is a convenience: the plain form works without it.

const LARGE = 3_000_000; // bytes; larger pictures are made smaller before they are sent over a weak line
const EDGE = 2560; // pixels

// ---- Pictures ------------------------------------------------------------------------------------

async function lighter(file) {
  if (file.size < LARGE || !self.createImageBitmap) return file;
  try {
    const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, EDGE / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(bitmap.width * scale);
    canvas.height = Math.round(bitmap.height * scale);
    canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.86));
    if (!blob || blob.size >= file.size) return file;
    return new File([blob], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" });
  } catch {
    return file; // the server decides what it is
  }
}

export function photoPicker(root) {
  const input = root.querySelector("input[type=file]");
  const list = root.querySelector("[data-photo-list]");
  const add = input.closest("label");
  const error = root.querySelector("[data-photo-error]");
  const most = Number(root.dataset.most);
  const chosen = new Map(); // element → file

  function commit() {
    const carrier = new DataTransfer();
    for (const file of chosen.values()) carrier.items.add(file);
    input.files = carrier.files;
    add.hidden = chosen.size >= most;
  }
  function complain(text) {
    error.hidden = !text;
    error.querySelector("span").textContent = text;
  }
  function show(file) {
    const photo = root.querySelector("template").content.firstElementChild.cloneNode(true);
    const image = photo.querySelector("img");
    image.src = URL.createObjectURL(file);
    image.alt = file.name;
    photo.querySelector("button").addEventListener("click", () => {
      URL.revokeObjectURL(image.src);
      chosen.delete(photo);
      photo.remove();
      complain("");
      commit();
      input.focus();
    });
    chosen.set(photo, file);
    list.insertBefore(photo, add);
  }

  input.addEventListener("change", async () => {
    const picked = [...input.files];
    const pictures = picked.filter((file) => !file.type || file.type.startsWith("image/"));
    const room = most - chosen.size;
    if (pictures.length < picked.length) complain("只能选图片。");
    else complain(pictures.length > room ? `最多 ${most} 张，多出的 ${pictures.length - room} 张没有加上。` : "");
    for (const file of pictures.slice(0, room)) show(await lighter(file));
    commit();
  });
}

// ---- A voice note, spoken on the spot -------------------------------------------------------------------

const LONGEST = 120_000; // milliseconds

export function voicePicker(root) {
  const input = root.querySelector("input[type=file]");
  const recorder = root.querySelector("[data-voice-recorder]");
  const button = recorder.querySelector("button");
  const name = root.querySelector("[data-voice-name]");
  const told = root.querySelector("[data-voice-told]");
  const heard = root.querySelector("[data-voice-heard]");
  if (!navigator.mediaDevices?.getUserMedia || !self.MediaRecorder) return;
  recorder.hidden = false;
  input.hidden = true; // a file is what remains where there is no microphone
  let running = null;

  function show() {
    const [file] = input.files;
    URL.revokeObjectURL(heard.src);
    heard.hidden = !file;
    if (file) heard.src = URL.createObjectURL(file);
  }
  input.addEventListener("change", show);

  async function speak() {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    const parts = [];
    const made = new MediaRecorder(stream);
    const late = setTimeout(() => made.stop(), LONGEST);
    made.addEventListener("dataavailable", ({ data }) => parts.push(data));
    made.addEventListener("stop", () => {
      clearTimeout(late);
      for (const track of stream.getTracks()) track.stop();
      running = null;
      button.setAttribute("aria-pressed", "false");
      name.textContent = "重说一遍";
      told.textContent = "录好了，可以先听一遍。";
      const type = made.mimeType.split(";")[0];
      const carrier = new DataTransfer();
      carrier.items.add(new File(parts, "voice", { type }));
      input.files = carrier.files;
      show();
    });
    made.start();
    running = made;
    button.setAttribute("aria-pressed", "true");
    name.textContent = "说完了";
    told.textContent = "正在录音，最长两分钟。";
  }
  button.addEventListener("click", () => {
    if (running) running.stop();
    else
      speak().catch(() => {
        told.textContent = "用不了麦克风。请在浏览器里允许录音，或选一个录音文件，或写下来。";
        input.hidden = false;
      });
  });
}

// ---- Position: <button data-locate="prefix"> fills prefix lon, lat, crs, accuracy ------------------------

const WHY_NOT = { 1: "没有得到定位许可，请在地图上点选，或写下地址。", 2: "手机现在定不了位，请在地图上点选，或写下地址。", 3: "定位超时，请再试一次，或写下地址。" };

export function locator(button) {
  const form = button.form;
  const prefix = button.dataset.locate;
  const told = form.querySelector("[data-locate-told]");
  const fill = (name, value) => {
    const field = form.elements[prefix + name];
    if (field) field.value = value;
  };
  button.addEventListener("click", () => {
    if (!navigator.geolocation) {
      told.textContent = WHY_NOT[2];
      return;
    }
    button.disabled = true;
    told.textContent = "正在定位…";
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        button.disabled = false;
        fill("lon", coords.longitude.toFixed(7));
        fill("lat", coords.latitude.toFixed(7));
        fill("crs", "wgs84"); // what the browser's own geolocation speaks
        fill("accuracy", Math.round(coords.accuracy));
        told.textContent = `已定位，误差约 ${Math.round(coords.accuracy)} 米`;
        form.dispatchEvent(new CustomEvent("located", { bubbles: true, detail: { lon: coords.longitude, lat: coords.latitude } }));
      },
      ({ code }) => {
        button.disabled = false;
        told.textContent = WHY_NOT[code] ?? WHY_NOT[2];
      },
      { enableHighAccuracy: true, timeout: 15_000, maximumAge: 60_000 },
    );
  });
}

// ---- Draft: <form data-draft="name">; the page after sending has <… data-draft-done="name"> --------------
// With data-draft-tab it goes with the tab: what staff write down about others does not stay on their computer.

const KEEP = 7 * 86_400_000; // milliseconds

function uuid() {
  if (self.crypto?.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  return [...bytes].map((b, i) => ([4, 6, 8, 10].includes(i) ? "-" : "") + b.toString(16).padStart(2, "0")).join("");
}

function remember(name, value, store = localStorage) {
  try {
    if (value === null) store.removeItem(name);
    else store.setItem(name, JSON.stringify(value));
  } catch {
    // a full or forbidden store costs the draft, never the report
  }
}

function recall(name, store) {
  try {
    const kept = JSON.parse(store.getItem(name));
    return kept && Date.now() - kept.at < KEEP ? kept : null;
  } catch {
    return null;
  }
}

const kept = (field) => field.name && !["file", "password", "submit", "button"].includes(field.type) && field.name !== "csrfmiddlewaretoken";

/** Keeps what is typed, and one key per report, so that the same report sent twice is one case. */
export function draft(form) {
  const name = `shaodao.draft.${form.dataset.draft}`;
  const store = "draftTab" in form.dataset ? sessionStorage : localStorage;
  const old = recall(name, store);
  const key = form.querySelector("[data-draft-key]");
  let restored = false;
  for (const field of form.elements) {
    if (!old || !kept(field) || !(field.name in old.values)) continue;
    if (field.type === "checkbox" || field.type === "radio") field.checked = old.values[field.name].includes(field.value);
    else if (!field.value) {
      [field.value] = old.values[field.name];
      restored ||= field.type !== "hidden" && Boolean(field.value);
    }
  }
  if (key && !key.value) key.value = uuid();
  const note = form.querySelector("[data-draft-told]");
  if (note && restored) note.hidden = false;

  const keep = () => {
    const values = {};
    for (const field of form.elements) {
      if (!kept(field)) continue;
      values[field.name] ??= [];
      if (!["checkbox", "radio"].includes(field.type) || field.checked) values[field.name].push(field.value);
    }
    remember(name, { at: Date.now(), values }, store);
  };
  form.addEventListener("input", keep);
  form.addEventListener("located", keep);
  form.addEventListener("reset", () => remember(name, null, store));
  form.addEventListener("submit", (event) => {
    keep();
    const told = form.querySelector("[data-offline-told]");
    if (told && !navigator.onLine) {
      event.preventDefault();
      told.hidden = false;
    }
  });
}

for (const done of document.querySelectorAll("[data-draft-done]")) {
  for (const store of [localStorage, sessionStorage]) remember(`shaodao.draft.${done.dataset.draftDone}`, null, store);
}
for (const root of document.querySelectorAll("[data-photo-picker]")) photoPicker(root);
for (const root of document.querySelectorAll("[data-voice-picker]")) voicePicker(root);
for (const button of document.querySelectorAll("[data-locate]")) locator(button);
for (const form of document.querySelectorAll("form[data-draft]")) draft(form);
