// What waits on this phone: whistles kept in the browser's own store until the server has answered, sent exactly once.
//   { key, to, who, title, at, fields: [[name, value]], files: [{ name, data: Blob }], state, tried, lost, why, answer }
// state: collected (on a walk: looked over before it is sent) · waiting · sign_in (whoever wrote it must sign in) · refused (why; may be mended) · sent (answer; no words, no photos)
// `key` is made when the form is begun. `tried`: it has been on its way and nobody knows whether it arrived; until the server
// has said so it is sent again as it is, never changed. `lost`: no answer came at all.

import { t } from "./words.js";

const NAME = "shaodao";
const STORE = "whistles";
const DAY = 86_400_000; // milliseconds
const SENT_KEPT = 30 * DAY;
const PATIENCE = 120_000; // milliseconds: nine photos over a weak line
const TITLE = 24; // characters

// ---- The store ---------------------------------------------------------------------------------------

function opened() {
  return new Promise((done, fail) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: "key" });
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => fail(asked.error);
    asked.onblocked = () => fail(new Error("blocked"));
  });
}

async function within(mode, work) {
  const base = await opened();
  try {
    return await new Promise((done, fail) => {
      const step = base.transaction(STORE, mode, mode === "readwrite" ? { durability: "strict" } : {});
      const asked = work(step.objectStore(STORE));
      step.oncomplete = () => done(asked.result);
      step.onabort = () => fail(step.error ?? asked.error);
    });
  } finally {
    base.close();
  }
}

const others = self.BroadcastChannel ? new BroadcastChannel(NAME) : null;

function changed() {
  others?.postMessage("changed");
  dispatchEvent(new Event("queue"));
}
if (others) others.onmessage = () => dispatchEvent(new Event("queue"));

/** Everything, oldest first. */
export async function all() {
  const found = await within("readonly", (store) => store.getAll());
  return found.sort((a, b) => a.at - b.at);
}

export const get = (key) => within("readonly", (store) => store.get(key));

export async function put(entry) {
  await within("readwrite", (store) => store.put(entry));
  changed();
}

export async function drop(key) {
  await within("readwrite", (store) => store.delete(key));
  changed();
}

/** Why something could not be kept, in words. */
export function whyNotKept(error) {
  return error?.name === "QuotaExceededError"
    ? t("手机的存储空间满了，这一件存不下。请去掉几张照片再试，或等有信号时提交。")
    : t("这个浏览器不让网页保存内容（可能开着无痕模式）。请换普通模式，或等有信号时提交。");
}

// ---- What a form says ----------------------------------------------------------------------------------

/** Where it is, as far as the form says so. */
function where(form) {
  const { lon, village, address } = form.elements;
  const chosen = village?.value && village.selectedOptions[0].textContent.trim();
  return address?.value.trim() || (lon?.value ? t("已定位") : chosen || "");
}

/** The entry that a form makes, as it stands. */
export function made(form, submitter) {
  const fields = [];
  const files = [];
  for (const [name, value] of new FormData(form)) {
    if (value instanceof Blob) {
      if (value.size) files.push({ name: value.name, data: value });
    } else if (name !== "csrfmiddlewaretoken" && name !== "key") fields.push([name, value]);
  }
  if (submitter?.name) fields.push([submitter.name, submitter.value]);
  const text = form.elements.text.value.trim();
  return {
    key: form.elements.key.value,
    to: form.getAttribute("action"),
    who: form.dataset.who ?? "",
    title: text.slice(0, TITLE) + (text.length > TITLE ? "…" : ""),
    where: where(form),
    at: Date.now(),
    fields,
    files,
    state: "waiting",
    tried: false,
  };
}

// ---- Sending ---------------------------------------------------------------------------------------------

async function ticket() {
  try {
    const answer = await fetch("/waiting/ticket", { headers: { "X-Background": "1" }, cache: "no-store" });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

function body(entry, read) {
  const form = new FormData();
  for (const [name, value] of entry.fields) form.append(name, value);
  for (const { name, data } of entry.files) form.append("photos", data, name);
  form.set("key", entry.key);
  if (read) form.set("danger_seen", "1");
  if (entry.saidAt) form.set("said_at", entry.saidAt);
  return form;
}

async function posted(entry, pass, read) {
  const stop = new AbortController();
  const late = setTimeout(() => stop.abort(), PATIENCE);
  try {
    const headers = { Accept: "application/json", "X-CSRFToken": pass.csrf };
    const answer = await fetch(entry.to, { method: "POST", body: body(entry, read), headers, signal: stop.signal });
    const json = answer.headers.get("Content-Type")?.startsWith("application/json");
    return { status: answer.status, said: json ? await answer.json() : null };
  } catch {
    return { status: 0, said: null };
  } finally {
    clearTimeout(late);
  }
}

function sent(entry, said) {
  const { key, to, who, at } = entry;
  return { key, to, who, at, title: who ? "" : entry.title, state: "sent", sentAt: Date.now(), answer: said, fields: [], files: [] };
}

/** What becomes of an entry by the server's answer. */
function after(entry, { status, said }) {
  if (said && status < 300) return sent(entry, said);
  if (status === 409 && said) return { ...entry, tried: false, danger: said.danger };
  if (status === 422 && said) {
    return { ...entry, state: "refused", tried: false, why: said.errors.map(({ text }) => text).join(" "), errors: said.errors };
  }
  if (entry.who && (status === 403 || (!said && status > 0 && status < 400))) return { ...entry, state: "sign_in", tried: false };
  if (status === 403) return { ...entry, tried: false, why: t("浏览器没有接受本站的 Cookie，发不出去。请允许后再发。") };
  if (status === 413) return { ...entry, state: "refused", tried: false, why: t("照片太大，服务器不收。请去掉几张再发。") };
  if (status === 429 && said) return { ...entry, tried: false, why: t("发得太频繁了，稍后会自动再发。") };
  if (status >= 400 && status < 500) return { ...entry, state: "refused", tried: false, why: t("服务器没有收下（{status}）。", { status }) };
  return { ...entry, lost: !status, why: status ? t("服务器一时没有答复，稍后会自动再发。") : t("信号不好，还不知道送到没有，稍后会自动再发。") };
}

async function one(entry, pass, asked) {
  if (entry.who === "nobody" && pass.who) entry = { ...entry, who: pass.who };
  if (entry.who && entry.who !== pass.who) {
    const held = { ...entry, state: "sign_in" };
    await put(held);
    return { entry: held, pass };
  }
  // Said once and for all: what is sent again must be the same.
  const waited = Math.round((Date.now() - entry.at) / 1000);
  const saidAt = entry.tried || waited < 60 ? entry.saidAt : pass.now - waited;
  let going = { ...entry, state: "waiting", tried: true, saidAt, lost: false, why: "", danger: "" };
  await put(going);
  let answer = await posted(going, pass, !asked);
  if (answer.status === 403 && !answer.said) {
    pass = (await ticket()) ?? pass; // the token may have run out
    if (!entry.who || entry.who === pass.who) answer = await posted(going, pass, !asked);
  }
  going = after(going, answer);
  await put(going);
  return { entry: going, pass, stop: answer.status === 0 || answer.status >= 500 };
}

async function every(asked) {
  const found = await all();
  for (const entry of found) {
    if (entry.state === "sent" && Date.now() - entry.sentAt > SENT_KEPT) await drop(entry.key);
  }
  const waiting = found.filter(({ state }) => state === "waiting" || state === "sign_in");
  if (!waiting.length || !navigator.onLine) return null;
  let pass = await ticket();
  if (!pass) return null;
  waiting.sort((a, b) => (b.key === asked) - (a.key === asked)); // whoever stands and waits goes first
  let answered = null;
  for (const entry of waiting) {
    const done = await one(entry, pass, entry.key === asked);
    if (entry.key === asked) answered = done.entry;
    if (done.stop) break;
    pass = done.pass;
  }
  return answered;
}

/** Lets go what was collected on a walk: from now on it waits to be sent. */
export async function letGo() {
  for (const entry of await all()) {
    if (entry.state === "collected") await put({ ...entry, state: "waiting", why: "" });
  }
}

/** Sends what waits, one page at a time. With `asked`, a key: what became of that one (the answer may first ask to be
 *  read: `danger`), or null where there is no network. */
export function send(asked = "") {
  return navigator.locks ? navigator.locks.request("shaodao.send", () => every(asked)) : every(asked);
}
