// On every page: the service worker that opens the whistle form without a network, and what waits to be sent.

import { all, send } from "./queue.js";
import { t } from "./words.js";

const root = document.documentElement;

// A page kept on the phone was drawn for nobody: the size of type is the phone's own.
if (document.cookie.includes("size=large")) root.dataset.size = "large";

// ---- What waits ------------------------------------------------------------------------------------------

const note = document.querySelector("[data-waiting]");

async function tell() {
  const found = await all().catch(() => []);
  const waiting = found.filter(({ state }) => state === "waiting" || state === "sign_in").length;
  const collected = found.filter(({ state }) => state === "collected").length;
  const refused = found.filter(({ state }) => state === "refused").length;
  if (!note) return;
  // The form says so itself, or sends one just now, or shows what is to be read first.
  const said = document.querySelector("[data-kept]:not([hidden]), [data-send][aria-disabled]") && !refused;
  const wrong = document.querySelector("[data-said-wrong], [data-errors] .note, [data-danger] > *");
  note.hidden = (!waiting && !collected && !refused) || Boolean(said || wrong);
  note.querySelector("[data-waiting-told]").textContent = [
    collected ? t("这一圈记下 {collected} 件，还没有发", { collected }) : "",
    waiting ? t("等待发送 {waiting} 件", { waiting }) : "",
    refused ? t("{refused} 件没有被接受，请看一下", { refused }) : "",
  ].filter(Boolean).join(t("，"));
}

async function go() {
  await send().catch(() => null); // nothing can be kept here: nothing waits
  await tell();
}
addEventListener("queue", tell);
addEventListener("online", go);
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && go());
tell();
addEventListener("load", go);

// ---- The worker --------------------------------------------------------------------------------------------
// A new one waits until no page is left that the old one serves; this page has just been loaded and may let it in.

const HOUR = 3_600_000; // milliseconds

/** Whether to ask for a new version: once when the app is opened, then every hour. Left alone, a browser takes minutes. */
function due() {
  try {
    const asked = Number(sessionStorage.getItem("shaodao.asked"));
    if (Date.now() - asked < HOUR) return false;
    sessionStorage.setItem("shaodao.asked", Date.now());
  } catch {
    // without a store: with every page
  }
  return true;
}

async function install() {
  const registration = await navigator.serviceWorker.register("/worker.js", { updateViaCache: "none" });
  registration.waiting?.postMessage("take over");
  if (due()) registration.update().catch(() => null);
  if (document.querySelector("form[data-queue][data-who]")) {
    const { active } = await navigator.serviceWorker.ready;
    active.postMessage("keep for staff");
  }
}
if ("serviceWorker" in navigator) addEventListener("load", () => install().catch(() => null));
