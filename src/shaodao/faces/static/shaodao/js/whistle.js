// The whistle form: pictures with a preview, the phone's position, a draft that survives a closed page.
// and what is sent kept on the phone until it has arrived. Everything here is a convenience: the plain form works without it.

import { noted, position } from "./exif.js";
import { all, drop, get, made, put, send, whyNotKept } from "./queue.js";
import { rating, steps } from "./steps.js";
import { t } from "./words.js";

const LARGE = 3_000_000; // bytes; larger pictures are made smaller before they are sent over a weak line
const EDGE = 2560; // pixels

// ---- Pictures ------------------------------------------------------------------------------------

/** Pictures as iPhones keep them, which hardly another machine opens. */
const apple = (file) => /hei[cf]/.test(file.type) || /\.hei[cf]$/i.test(file.name);
const NOT_OPENED = t("这张照片的格式（HEIC）打不开。请在手机里把它截屏，再选截图；或在相机设置里改成“兼容性最佳”再拍。");

async function lighter(file) {
  if ((file.size < LARGE && !apple(file)) || !self.createImageBitmap) return file;
  try {
    const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, EDGE / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(bitmap.width * scale);
    canvas.height = Math.round(bitmap.height * scale);
    canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.86));
    if (!blob || (blob.size >= file.size && !apple(file))) return file;
    return new File([await noted(blob, file)], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" });
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

  /** Where the first picture that says so was taken, unless a place has been given. */
  async function locate(files) {
    const form = input.form;
    if (!form?.elements.lon || form.elements.lon.value || form.elements.village?.value) return;
    for (const file of files) {
      const at = position(await file.slice(0, 256 * 1024).arrayBuffer());
      if (at && !form.elements.lon.value) return placed(form, "", at, t("位置取自照片。不对的话，在下面选社区或村。"));
    }
  }
  root.addEventListener("photos", ({ detail }) => {
    for (const file of detail) show(file);
    commit();
  });
  input.form?.addEventListener("reset", () => {
    for (const photo of chosen.keys()) photo.remove();
    chosen.clear();
    add.hidden = false;
    complain("");
  });

  input.addEventListener("change", async () => {
    const picked = [...input.files];
    const pictures = picked.filter((file) => !file.type || file.type.startsWith("image/"));
    const room = most - chosen.size;
    if (pictures.length < picked.length) complain(t("只能选图片。"));
    else complain(pictures.length > room ? t("最多 {most} 张，多出的 {over} 张没有加上。", { most, over: pictures.length - room }) : "");
    await locate(pictures.slice(0, room));
    for (const file of pictures.slice(0, room)) {
      const made = await lighter(file);
      if (apple(made)) complain(NOT_OPENED);
      else show(made);
    }
    commit();
    root.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

// ---- A voice note, spoken on the spot -------------------------------------------------------------------

export function voicePicker(root) {
  const input = root.querySelector("input[type=file]");
  const recorder = root.querySelector("[data-voice-recorder]");
  const button = recorder.querySelector("button");
  const name = root.querySelector("[data-voice-name]");
  const told = root.querySelector("[data-voice-told]");
  const heard = root.querySelector("[data-voice-heard]");
  const away = root.querySelector("[data-voice-away]");
  const SPEAK = name.textContent;
  const longest = Number(root.dataset.longest);
  if (!navigator.mediaDevices?.getUserMedia || !self.MediaRecorder) return;
  recorder.hidden = false;
  input.hidden = true; // a file is what remains where there is no microphone
  let running = null;

  function show() {
    const [file] = input.files;
    URL.revokeObjectURL(heard.src);
    heard.hidden = !file;
    if (away) away.hidden = !file;
    if (file) heard.src = URL.createObjectURL(file);
  }
  input.addEventListener("change", show);
  root.addEventListener("voice", ({ detail }) => {
    const carrier = new DataTransfer();
    carrier.items.add(detail);
    input.files = carrier.files;
    show();
  });
  away?.addEventListener("click", () => {
    input.value = "";
    name.textContent = SPEAK;
    told.textContent = "";
    show();
    button.focus();
  });
  input.form?.addEventListener("reset", () => setTimeout(show));

  async function speak() {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    const parts = [];
    const made = new MediaRecorder(stream);
    const late = setTimeout(() => made.stop(), longest * 1000);
    made.addEventListener("dataavailable", ({ data }) => parts.push(data));
    made.addEventListener("stop", () => {
      clearTimeout(late);
      for (const track of stream.getTracks()) track.stop();
      running = null;
      button.setAttribute("aria-pressed", "false");
      name.textContent = t("重说一遍");
      told.textContent = t("录好了，可以先听一遍。");
      const type = made.mimeType.split(";")[0];
      const carrier = new DataTransfer();
      carrier.items.add(new File(parts, "voice", { type }));
      input.files = carrier.files;
      show();
    });
    made.start();
    running = made;
    button.setAttribute("aria-pressed", "true");
    name.textContent = t("说完了");
    told.textContent = t("正在录音，最长 {longest} 秒。", { longest });
  }
  button.addEventListener("click", () => {
    if (running) running.stop();
    else
      speak().catch(() => {
        told.textContent = t("用不了麦克风。请在浏览器里允许录音，或选一个录音文件，或写下来。");
        input.hidden = false;
      });
  });
}

// ---- Position: <button data-locate="prefix"> fills prefix lon, lat, crs, accuracy ------------------------

const WHY_NOT = { 1: t("没有得到定位许可，请在地图上点选，或写下地址。"), 2: t("手机现在定不了位，请在地图上点选，或写下地址。"), 3: t("定位超时，请再试一次，或写下地址。") };

/** Fills the place of a form, says so, and lets the rest of the page know. */
function placed(form, prefix, { lon, lat, accuracy = "" }, told) {
  const values = { lon: lon.toFixed(7), lat: lat.toFixed(7), crs: "wgs84", accuracy };
  for (const [name, value] of Object.entries(values)) {
    const field = form.elements[prefix + name];
    if (field) field.value = value;
  }
  form.querySelector("[data-locate-told]").textContent = told;
  form.dispatchEvent(new CustomEvent("located", { bubbles: true, detail: { lon, lat } }));
}

/** One place only: a position, or the community or village that somebody chooses instead of it. The last said counts. */
export function onePlace(form) {
  const { village, lon } = form.elements;
  if (!village || !lon) return;
  const told = form.querySelector("[data-locate-told]");
  village.addEventListener("change", () => {
    if (!village.value || !lon.value) return;
    for (const name of ["lon", "lat", "crs", "accuracy"]) if (form.elements[name]) form.elements[name].value = "";
    told.textContent = t("按选的社区或村来找，不用定位了。");
    form.dispatchEvent(new CustomEvent("unplaced", { bubbles: true }));
  });
  form.addEventListener("located", () => { village.value = ""; });
  form.addEventListener("picked", () => {
    village.value = "";
    if (form.elements.accuracy) form.elements.accuracy.value = ""; // a hand has no margin of error
    told.textContent = t("已在地图上选好。");
  });
}

export function locator(button) {
  const form = button.form;
  const prefix = button.dataset.locate;
  const told = form.querySelector("[data-locate-told]");
  button.addEventListener("click", () => {
    if (!navigator.geolocation) {
      told.textContent = WHY_NOT[2];
      return;
    }
    button.disabled = true;
    told.textContent = t("正在定位…");
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        button.disabled = false;
        const accuracy = Math.round(coords.accuracy);
        placed(form, prefix, { lon: coords.longitude, lat: coords.latitude, accuracy }, t("已定位，误差约 {accuracy} 米", { accuracy }));
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

function forget(form) {
  for (const store of [localStorage, sessionStorage]) remember(`shaodao.draft.${form.dataset.draft}`, null, store);
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
  for (const what of ["located", "picked", "unplaced"]) form.addEventListener(what, keep);
  form.addEventListener("reset", () => remember(name, null, store));
  form.addEventListener("submit", keep);
}

// ---- Kept until it has arrived: <form data-queue>, for staff with data-who ---------------------------------------------

const WHO = "shaodao.who"; // as whom staff last whistled here: a form that opens without a network does not know

function lastWho() {
  try {
    return JSON.parse(localStorage.getItem(WHO))?.who;
  } catch {
    return null;
  }
}

function complain(form, errors) {
  const box = form.querySelector("[data-errors]");
  box.replaceChildren();
  for (const old of form.querySelectorAll("[data-said-wrong]")) old.remove();
  let first = null;
  for (const { field, text } of errors) {
    const said = document.createElement("p");
    said.textContent = text;
    const control = field && form.querySelector(`.field [name="${field}"]`);
    if (control) {
      said.className = "field-error";
      said.dataset.saidWrong = "";
      control.closest(".field").append(said);
    } else {
      const note = document.createElement("div");
      note.className = "note note-bad";
      note.setAttribute("role", "alert");
      note.append(said);
      box.append(note);
    }
    first ??= control || box;
  }
  if (first?.closest("[data-step]")) first.dispatchEvent(new CustomEvent("step", { bubbles: true }));
  first?.scrollIntoView({ block: "center" });
  first?.focus({ preventScroll: true });
}

/** Whether a report says nothing yet; it is told. */
function saysNothing(form) {
  const { text } = form.elements;
  const nothing = !text.value.trim() && ![...form.querySelectorAll("input[type=file]")].some(({ files }) => files.length);
  if (nothing) complain(form, [{ field: "text", text: text.dataset.needed }]);
  return nothing;
}

function fill(form, entry) {
  const values = new Map();
  for (const [name, value] of entry.fields) values.set(name, [...(values.get(name) ?? []), value]);
  for (const field of form.elements) {
    if (!kept(field) || ["danger_seen", "key"].includes(field.name)) continue;
    const said = values.get(field.name) ?? [];
    if (field.type === "checkbox" || field.type === "radio") field.checked = said.includes(field.value);
    else field.value = said[0] ?? "";
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }
  const files = entry.files.map(({ name, data }) => new File([data], name, { type: data.type }));
  const voice = files.find((file) => file.type.startsWith("audio/"));
  form.querySelector("[data-photo-picker]")?.dispatchEvent(new CustomEvent("photos", { detail: files.filter((file) => file !== voice) }));
  if (voice) form.querySelector("[data-voice-picker]")?.dispatchEvent(new CustomEvent("voice", { detail: voice }));
}

/** Begins the next report on the same page. */
function anew(form) {
  form.reset();
  for (const name of ["lon", "lat", "crs", "accuracy", "item"]) {
    const field = form.querySelector(`input[type=hidden][name=${name}]`);
    if (field) field.value = "";
  }
  for (const place of form.querySelectorAll("#suggested, #alike, [data-errors], [data-danger], [data-locate-told]")) place.replaceChildren();
  form.querySelector("[data-draft-key]").value = uuid();
  form.dispatchEvent(new Event("change", { bubbles: true })); // what depends on an answer
}

/** Why a whistle still waits: what the server said of it, else the line. */
function held(entry) {
  if (!navigator.onLine) return t("没有信号，已存在手机里");
  return entry?.why && !entry.lost ? t("{why}这一件已存在手机里", { why: entry.why }) : t("信号不好，还没有送到，已存在手机里");
}

/** On a walk: what the item says need not be said again. */
function namedByItem(form) {
  const { text } = form.elements;
  const item = form.querySelector("select[name=item]");
  const chosen = item?.value && item.selectedOptions?.[0].textContent.replace(item.value, "").trim();
  if (!text.value.trim() && chosen) text.value = chosen;
}

export async function queued(form) {
  const asking = new URLSearchParams(location.search);
  const kept = document.querySelector("[data-kept]");
  const key = form.elements.key;
  const button = form.querySelector("[data-send]");
  const nextOne = form.querySelector("[data-next]");
  const name = form.querySelector("[data-send-name]");
  const plainName = [...name.childNodes];
  const lookOver = form.querySelector("[data-over]");
  let busy = false;
  let leaving = false; // to look over what was collected, once this one is kept

  if (nextOne) nextOne.hidden = false;
  if (nextOne && asking.has("walk")) {
    nextOne.classList.add("btn-main"); // on a walk the next one is the likeliest
    button.hidden = true;
  }
  if (form.dataset.who) remember(WHO, { at: Date.now(), who: form.dataset.who });
  else if ("ofStaff" in form.dataset) form.dataset.who = lastWho() ?? "nobody"; // asked for on sending

  // What was kept comes back whole, to be mended: asked for, or the report whose draft is here.
  const asked = asking.get("mend");
  const old = await get(asked || key.value).catch(() => null);
  if (old && !old.tried && old.state !== "sent") {
    key.value = old.key;
    fill(form, old);
    if (old.errors) complain(form, old.errors);
    const said = form.querySelector("[data-draft-photos]");
    if (said) said.hidden = old.files.length > 0;
  } else if (old) anew(form);

  async function tell(first) {
    const waiting = (await all()).filter(({ state }) => state !== "sent" && state !== "collected").length;
    say(t("{first}，共 {waiting} 件等待发送。有信号时打开本站就会自动发送。", { first, waiting }));
  }

  function say(text) {
    kept.querySelector("[data-kept-told]").textContent = text;
    kept.hidden = false;
    dispatchEvent(new Event("queue"));
    kept.scrollIntoView({ block: "center" });
    kept.focus({ preventScroll: true });
  }

  /** How many were collected on this walk, and the way to look them over. */
  async function collected(first = "") {
    if (!lookOver) return;
    const count = (await all().catch(() => [])).filter(({ state }) => state === "collected").length;
    lookOver.hidden = !count;
    lookOver.querySelector("span").textContent = t("看一遍，一起发（{count} 件）", { count });
    if (first) say(t("{first}这一圈已记下 {count} 件，还没有发。", { first, count }));
  }

  function ready() {
    busy = false;
    button.removeAttribute("aria-disabled");
    name.replaceChildren(...plainName);
  }

  collected();
  lookOver?.addEventListener("click", (event) => {
    namedByItem(form);
    const { title, files } = made(form);
    if (!title && !files.length) return; // nothing begun
    event.preventDefault();
    leaving = true;
    nextOne.click();
  });

  form.addEventListener("submit", async (event) => {
    if (event.submitter?.name === "joins" || form.dataset.plain) return;
    event.preventDefault();
    const next = event.submitter && "next" in event.submitter.dataset;
    const over = leaving;
    leaving = false;
    if (next) namedByItem(form);
    if (busy || saysNothing(form)) return;
    const entry = { ...made(form), ...(next ? { state: "collected" } : {}) };
    if (next && !entry.title && !entry.files.some(({ data }) => data.type.startsWith("audio/"))) {
      complain(form, [{ field: "text", text: t("写几个字，或者选一个事项。") }]); // it goes to others unseen by the server
      return;
    }
    busy = true;
    button.setAttribute("aria-disabled", "true");
    name.textContent = navigator.onLine ? t("正在发送…") : t("正在存下…");
    complain(form, []);
    kept.hidden = true;
    try {
      await put(entry);
      navigator.storage?.persist?.().catch(() => null);
    } catch (error) {
      if (navigator.onLine) {
        form.dataset.plain = "1"; // as it is sent without scripts
        form.requestSubmit ? form.requestSubmit() : form.submit();
      } else complain(form, [{ field: "", text: whyNotKept(error) }]);
      ready();
      return;
    }
    const now = next ? null : await send(entry.key).catch(() => null);
    ready();
    if (now?.state === "sent") {
      forget(form);
      if (now.who) await drop(now.key); // staff find it in their list; a resident's link stays on the phone
      location.assign(now.answer.url);
    } else if (now?.state === "refused") complain(form, now.errors ?? [{ field: "", text: now.why }]);
    else if (now?.danger) {
      const place = form.querySelector("[data-danger]");
      place.innerHTML = now.danger;
      place.firstElementChild.focus();
      name.textContent = t("继续提交");
    } else {
      anew(form);
      forget(form);
      if (over) location.assign(lookOver.href);
      else if (next) await collected(t("记下了，接着报下一件。"));
      else await tell(held(now));
    }
  });
}

for (const done of document.querySelectorAll("[data-draft-done]")) {
  for (const store of [localStorage, sessionStorage]) remember(`shaodao.draft.${done.dataset.draftDone}`, null, store);
}
for (const root of document.querySelectorAll("[data-photo-picker]")) photoPicker(root);
for (const root of document.querySelectorAll("[data-voice-picker]")) voicePicker(root);
for (const button of document.querySelectorAll("[data-locate]")) locator(button);
for (const form of document.querySelectorAll("form[data-draft]")) onePlace(form);
for (const form of document.querySelectorAll("form[data-draft]")) draft(form);
for (const form of document.querySelectorAll("form[data-steps]")) steps(form, () => saysNothing(form));
for (const form of document.querySelectorAll("form[data-queue]")) queued(form);
for (const form of document.querySelectorAll("form[data-rate]")) rating(form);
