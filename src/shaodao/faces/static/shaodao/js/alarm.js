// Red alarms at the desk: the page asks for them every fifteen seconds; while one is unacknowledged a tone sounds, if the
// user has allowed it on this machine. Browsers let a page sound only after somebody has touched it.

const KEY = "alarm-sound";
const EVERY = 2_000;
const banner = document.getElementById("alarms");
const button = document.querySelector("[data-sound]");
let audio = null;

const allowed = () => localStorage.getItem(KEY) === "on";

function tone(at, pitch) {
  const source = audio.createOscillator();
  const volume = audio.createGain();
  source.frequency.value = pitch;
  volume.gain.setValueAtTime(0.25, at);
  volume.gain.exponentialRampToValueAtTime(0.001, at + 0.35);
  source.connect(volume).connect(audio.destination);
  source.start(at);
  source.stop(at + 0.4);
}

function ring() {
  if (!allowed() || !banner?.querySelector("[data-alarm]")) return;
  audio ??= new AudioContext();
  if (audio.state !== "running") {
    audio.resume();
    return;
  }
  tone(audio.currentTime, 880);
  tone(audio.currentTime + 0.45, 660);
}

function show() {
  if (!button) return;
  button.hidden = false;
  button.setAttribute("aria-pressed", String(allowed()));
  button.querySelector("[data-sound-text]").textContent = allowed() ? "关闭声音" : "开启声音";
}

button?.addEventListener("click", () => {
  localStorage.setItem(KEY, allowed() ? "off" : "on");
  show();
  if (!allowed()) return;
  audio ??= new AudioContext();
  audio.resume().then(() => tone(audio.currentTime, 660)); // so one hears what it will be
});

// The first touch of a page wakes the sound that was allowed before.
addEventListener("pointerdown", () => allowed() && (audio ??= new AudioContext()).resume(), { once: true });
setInterval(ring, EVERY);
show();
