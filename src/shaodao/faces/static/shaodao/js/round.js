// 近的在前: how far each line is from here, nearest first. The position stays on the phone.

const EARTH = 6_371_000; // metres
const rad = (degrees) => (degrees * Math.PI) / 180;

function metres(a, b) {
  const x = rad(b.lon - a.lon) * Math.cos(rad((a.lat + b.lat) / 2));
  const y = rad(b.lat - a.lat);
  return Math.hypot(x, y) * EARTH;
}

const said = (far) => (far < 1000 ? `约 ${Math.max(10, Math.round(far / 10) * 10)} 米` : `约 ${(far / 1000).toFixed(1)} 公里`);

function sort(list, here) {
  const lines = [...list.querySelectorAll("li")].map((line) => {
    const { lon, lat } = line.querySelector("a").dataset;
    return { line, far: lon ? metres(here, { lon: Number(lon), lat: Number(lat) }) : Infinity };
  });
  lines.sort((a, b) => a.far - b.far);
  for (const { line, far } of lines) {
    list.append(line);
    if (far === Infinity) continue;
    let told = line.querySelector("[data-far]");
    if (!told) {
      told = document.createElement("b");
      told.dataset.far = "";
      line.querySelector(".item-meta").prepend(told);
    }
    told.textContent = said(far);
  }
}

const button = document.querySelector("[data-nearest]");
const told = document.querySelector("[data-nearest-told]");
const lists = document.querySelectorAll("[data-by-distance] ul");

if (button && navigator.geolocation && lists.length) {
  button.hidden = false;
  button.addEventListener("click", () => {
    button.disabled = true;
    told.hidden = false;
    told.textContent = "正在定位…";
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        button.disabled = false;
        told.textContent = "已按离您的远近排好。";
        for (const list of lists) sort(list, { lon: coords.longitude, lat: coords.latitude });
      },
      () => {
        button.disabled = false;
        told.textContent = "现在定不了位，按时限排列。";
      },
      { enableHighAccuracy: true, timeout: 15_000, maximumAge: 60_000 },
    );
  });
}
