// 等待发送: what waits on this phone, each with its state and what can be done about it.

import { all, drop, get, letGo, put, send } from "./queue.js";
import { t } from "./words.js";

const ASKED = 30; // of those that arrived last
const list = document.querySelector("[data-queue-list]");
const template = (name) => document.querySelector(`template[data-queue-${name}]`).content;
const network = document.querySelector("[data-without-network]");

const STATES = {
  collected: [t("还没有发"), "left-soon"],
  waiting: [t("等待发送"), "left-soon"],
  sign_in: [t("等您登录"), "left-soon"],
  refused: [t("没有被接受"), "left-late"],
  sent: [t("已送到"), "left-met"],
};

const standing = new Map(); // where a whistle that arrived stands now, by its address

/** Asks the server where those that arrived stand: the answer to sending told of that day only. */
async function follow() {
  const sent = (await all().catch(() => [])).filter(({ state, who }) => state === "sent" && !who);
  if (!sent.length || !navigator.onLine) return;
  const tokens = sent.slice(-ASKED).map(({ answer }) => answer.url.match(/\/t\/([^/?]+)/)?.[1]);
  try {
    const answer = await fetch(`/waiting/standing?t=${tokens.join("&t=")}`, { cache: "no-store" });
    for (const [token, state] of Object.entries(await answer.json())) standing.set(token, state);
    draw();
  } catch {
    // it is asked again when the page is opened again
  }
}

const stands = ({ answer }) => [...standing].find(([token]) => answer.url.includes(token))?.[1];
const today = (at) => new Date(at).toDateString() === new Date().toDateString();

function moment(at) {
  const date = new Date(at);
  const time = `${String(date.getHours()).padStart(2, "0")}:${String(date.getMinutes()).padStart(2, "0")}`;
  return today(at) ? t("今天 {time}", { time }) : t("{month}月{day}日 {time}", { month: date.getMonth() + 1, day: date.getDate(), time });
}

function why(entry) {
  if (entry.state === "sent") return entry.answer.danger || (today(entry.sentAt) && !stands(entry)?.over && entry.answer.promise) || "";
  if (entry.state === "sign_in") return t("要用写它的工作身份登录，登录后自动发送。");
  if (entry.why) return entry.why;
  return entry.tried ? t("可能已经送到，正在确认。确认以前不能修改。") : "";
}

function mendable(entry) {
  return !entry.tried && entry.state !== "sent" && entry.fields.length > 0;
}

function item(entry) {
  const line = template("item").firstElementChild.cloneNode(true);
  const part = (name) => line.querySelector(`[data-${name}]`);
  const act = (name) => line.querySelector(`[data-do="${name}"]`);
  const [state, tone] = STATES[entry.state];
  part("said").textContent = entry.state === "sent" ? `${entry.answer.number} ${entry.title}`.trim() : entry.title || t("（录音或照片）");
  part("state").textContent = (entry.state === "sent" && stands(entry)?.name) || state;
  part("state").classList.add(tone);
  part("why").textContent = why(entry);
  part("why").hidden = !part("why").textContent;
  part("at").textContent = entry.state === "sent" && stands(entry) ? t("{at} 已送到", { at: moment(entry.sentAt) }) : moment(entry.at);
  const photos = entry.files.filter(({ data }) => data.type.startsWith("image/")).length;
  const voices = entry.files.length - photos;
  part("files").textContent = [photos && t("照片 {photos} 张", { photos }), voices && t("录音 1 段")].filter(Boolean).join(t("，"));
  const show = (name, shown) => { act(name).hidden = !shown; };
  show("follow", entry.state === "sent");
  if (entry.state === "sent") act("follow").href = entry.answer.url;
  show("sign-in", entry.state === "sign_in");
  act("sign-in").href = "/accounts/login/?next=/waiting";
  show("retry", entry.state === "waiting");
  part("where").textContent = entry.where ?? "";
  const picture = entry.state === "collected" && entry.files.find(({ data }) => data.type.startsWith("image/"));
  part("picture").hidden = !picture;
  if (picture) part("picture").src = address(entry, picture.data);
  show("mend", mendable(entry));
  act("mend").href = `${entry.to}?mend=${entry.key}`;
  show("drop", true);
  if (entry.tried && entry.state !== "sent") act("drop").dataset.confirmText = t("它可能已经送到了。删掉只是不再从这部手机发送。");
  act("retry").addEventListener("click", async () => {
    await put({ ...(await get(entry.key)), why: "" });
    await send().catch(() => null);
  });
  act("drop").addEventListener("click", ({ currentTarget }) => {
    if (currentTarget.dataset.confirmed || !self.HTMLDialogElement) drop(entry.key); // asked by confirm.js
  });
  return line;
}

// ---- What was collected on a walk: looked over, then sent together ------------------------------------------

const walk = document.querySelector("[data-collected]");
const addresses = new Map(); // of pictures that are shown

function address({ key }, data) {
  const known = `${key} ${data.size}`;
  if (!addresses.has(known)) addresses.set(known, URL.createObjectURL(data));
  return addresses.get(known);
}

function tellOfWalk(found) {
  const collected = found.filter(({ state }) => state === "collected").length;
  walk.hidden = !collected;
  walk.querySelector("[data-collected-told]").textContent = t("这一圈记下 {collected} 件，还没有发。看一遍，没有问题就一起发。", { collected });
  walk.querySelector("[data-send-all-name]").textContent = t("全部发送（{collected} 件）", { collected });
}

walk.querySelector("[data-send-all]").addEventListener("click", async () => {
  await letGo();
  await send().catch(() => null);
});

let drawing = 0;

async function draw() {
  const turn = ++drawing;
  const found = await all().catch(() => null);
  if (turn !== drawing) return;
  network.hidden = navigator.onLine;
  if (!found) {
    list.textContent = t("这个浏览器不让网页保存内容（可能开着无痕模式），没有信号时不能先存下来。");
    list.classList.add("card-body");
    return;
  }
  tellOfWalk(found);
  for (const link of document.querySelectorAll("a[data-of-staff]")) link.hidden = !found.some(({ who }) => who);
  if (!found.length) {
    list.replaceChildren(template("empty").cloneNode(true));
    return;
  }
  const lines = document.createElement("ul");
  lines.className = "list";
  lines.append(...found.reverse().map(item));
  list.replaceChildren(lines);
}

for (const what of ["queue", "online", "offline"]) addEventListener(what, draw);
for (const what of ["load", "online"]) addEventListener(what, follow);
draw();
