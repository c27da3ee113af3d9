// A wall that nobody touches for months: asks for the board every few seconds, puts in what changed, and says how old its
// data are. After two rounds without an answer the time of the data turns into a warning; what was shown stays.

const fresh = document.querySelector("[data-fresh]");
const text = fresh.querySelector("[data-fresh-text]");
const { refresh, every } = fresh.dataset;
const EVERY = Number(every) * 1000;
const PATIENCE = 10_000; // ms for one answer
const MISSED = 2; // rounds
const DAY = 24 * 3600_000; // ms
const OPENED = document.getElementById("wall-data").dataset.code;
const skew = Number(document.body.dataset.now) * 1000 - Date.now(); // the server's clock counts
const two = (number) => String(number).padStart(2, "0");
const local = (epoch) => new Date(epoch + 8 * 3600_000); // read with getUTC…: the county's time, whatever the machine's
const clock = (at) => `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`;
const rem = () => parseFloat(getComputedStyle(document.documentElement).fontSize);
const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

let rounds = 0;
let misses = 0;
let over = ""; // why it asks no more
let known = null;

function tell() {
  const now = Date.now() + skew;
  const at = Number(document.getElementById("wall-data").dataset.at) * 1000;
  const moment = local(at);
  const seconds = Math.max(Math.round((now - at) / 1000), 0);
  const stale = over !== "" || misses >= MISSED;
  const age = seconds < 60 ? `${seconds} 秒` : seconds < 3600 ? `${Math.floor(seconds / 60)} 分钟` : `${Math.floor(seconds / 3600)} 小时`;
  const time = `${clock(moment)}:${two(moment.getUTCSeconds())}`;
  const said = over || (stale ? `连接中断，数据停在 ${time}（${age}前），正在重连` : `数据时间 ${time}`);
  if (text.textContent !== said) text.textContent = said;
  if (fresh.classList.contains("wall-stale") !== stale) {
    fresh.classList.toggle("wall-stale", stale);
    const use = fresh.querySelector("use");
    use.setAttribute("href", use.getAttribute("href").replace(/#.*/, stale ? "#alert" : "#clock"));
  }
  const today = local(now);
  document.querySelector("[data-clock]").textContent = clock(today);
  document.querySelector("[data-clock-day]").textContent = `${today.getUTCFullYear()}年${today.getUTCMonth() + 1}月${today.getUTCDate()}日`;
}

function put(page) {
  const data = page.getElementById("wall-data");
  // A new version of the software is served, or the page is as old as a day: begin anew, now that there is an answer.
  if (data.dataset.code !== OPENED || performance.now() > DAY) location.reload();
  for (const part of page.querySelectorAll("[data-live]")) {
    const here = document.getElementById(part.id);
    if (here && here.innerHTML !== part.innerHTML) here.innerHTML = part.innerHTML;
  }
  document.getElementById("wall-data").replaceWith(document.adoptNode(data));
  show();
}

/** A ranking longer than its card turns a page each round, and begins again. */
function turn() {
  for (const list of document.querySelectorAll(".wall-ranked")) {
    const pages = Math.ceil((list.scrollWidth - 1) / list.clientWidth) || 1;
    list.scrollLeft = (rounds % pages) * list.clientWidth;
    list.parentElement.dataset.page = pages > 1 ? `${(rounds % pages) + 1}/${pages}` : "";
  }
}

async function round() {
  rounds += 1;
  try {
    const response = await fetch(refresh, { headers: { "X-Background": "1" }, signal: AbortSignal.timeout(PATIENCE), cache: "no-store" });
    if (response.status === 410) over = "这块大屏已由中心停用";
    else if (response.redirected || response.status === 403) over = "登录已过期，请重新登录；长期展示请用大屏地址";
    else if (!response.ok) throw new Error(response.status);
    else {
      put(new DOMParser().parseFromString(await response.text(), "text/html"));
      misses = 0;
    }
  } catch {
    misses += 1;
  }
  turn();
  tell();
  if (!over) timer = setTimeout(round, EVERY);
}

// --- charts and map ---

const charts = {};
let map = null;

function chart(name, option) {
  const block = document.querySelector(`[data-chart="${name}"]`);
  charts[name] ??= globalThis.echarts.init(block, null, { renderer: "svg" });
  charts[name].setOption({ animation: false, textStyle: { fontFamily: token("--sans"), color: token("--ink-2") }, ...option }, true);
}

function show() {
  const { charts: numbers, places } = document.getElementById("wall-data").dataset;
  const { days, came, done, items, other } = JSON.parse(numbers);
  document.querySelector("[data-other]").textContent = other;
  const size = rem() * 0.85;
  const axis = { axisLine: { lineStyle: { color: token("--line-strong") } }, axisTick: { show: false }, axisLabel: { color: token("--ink-2"), fontSize: size } };
  const line = (name, data, colour, type) => ({ name, data, type: "line", symbol: "none", lineStyle: { color: colour, width: 3, type }, itemStyle: { color: colour }, smooth: 0.25 });
  if (globalThis.echarts) {
    chart("trend", {
      grid: { left: size * 3, right: size, top: size * 2.6, bottom: size * 2 },
      legend: { top: 0, right: 0, textStyle: { color: token("--ink-2"), fontSize: size } },
      xAxis: { type: "category", data: days, boundaryGap: false, ...axis },
      yAxis: { type: "value", splitNumber: 3, minInterval: 1, axisLabel: axis.axisLabel, splitLine: { lineStyle: { color: token("--line") } } },
      series: [line("吹哨", came, token("--brand"), "solid"), line("办结", done, token("--calm"), "dashed")],
    });
    const room = Math.max(Math.floor(document.querySelector('[data-chart="items"]').clientHeight / (size * 1.9)), 3);
    const rows = items.slice(0, room).reverse();
    chart("items", {
      grid: { left: 0, right: size * 4, top: 0, bottom: 0, containLabel: true },
      xAxis: { type: "value", show: false },
      yAxis: { type: "category", data: rows.map(([name]) => name), axisLine: { show: false }, axisTick: { show: false }, axisLabel: { interval: 0, color: token("--ink"), fontSize: size, width: size * 11, overflow: "truncate" } },
      series: [{ type: "bar", data: rows.map(([, count]) => count), barMaxWidth: size * 1.1, itemStyle: { color: token("--brand"), borderRadius: 3 }, label: { show: true, position: "right", color: token("--ink"), fontSize: size } }],
    });
  }
  map?.(JSON.parse(places));
}

/** Draws the map; answers with what puts the counts and the arrivals on it. */
async function open(block) {
  const { draw, token } = await import(block.dataset.base);
  const { map, maplibre } = await draw(block, { interactive: false, fitBoundsOptions: { padding: 30 } });
  await new Promise((done) => map.once("load", done));
  for (const id of ["names", "roads"]) if (map.getLayer(id)) map.setLayoutProperty(id, "visibility", "none");
  map.addSource("towns", { type: "geojson", data: { type: "FeatureCollection", features: [] } });
  const late = [">", ["get", "late"], 0];
  map.addLayer({ id: "late", type: "line", source: "shapes", filter: ["in", ["get", "code"], ["literal", []]], paint: { "line-color": token("--overdue"), "line-width": 2 } });
  map.addLayer({ id: "towns", type: "symbol", source: "towns", layout: {
    "text-field": ["concat", ["get", "name"], ["case", [">", ["get", "count"], 0], ["concat", " ", ["get", "count"]], ""], ["case", late, ["concat", " 超", ["get", "late"]], ""]],
    "text-font": [token("--sans")], "text-size": rem() * 0.9, "text-variable-anchor": ["center", "top", "bottom", "left", "right"],
    "text-radial-offset": 0.9, "text-max-width": 20, "symbol-sort-key": ["-", 0, ["get", "count"]] },
    paint: { "text-color": token("--ink"), "text-halo-color": token("--sunken"), "text-halo-width": 1.6 } });
  let rings = [];
  return ({ open, towns, new: arrived }) => {
    const most = Math.max(1, ...Object.values(open).map(([count]) => count));
    const counts = Object.entries(open).flatMap(([code, [count]]) => [code, Math.sqrt(count / most)]);
    if (map.getLayer("areas")) map.setPaintProperty("areas", "fill-color", ["interpolate", ["linear"],
      counts.length ? ["match", ["get", "code"], ...counts, 0] : ["literal", 0], 0, token("--land"), 1, token("--brand")]);
    map.setFilter("late", ["in", ["get", "code"], ["literal", Object.keys(open).filter((code) => open[code][1] > 0)]]);
    map.getSource("towns").setData({ type: "FeatureCollection", features: towns.map(([name, lon, lat, count, late]) => ({
      type: "Feature", geometry: { type: "Point", coordinates: [lon, lat] }, properties: { name, count, late } })) });
    const latest = known ? arrived.filter(([number]) => !known.has(number)) : arrived.slice(0, 1);
    known = new Set(arrived.map(([number]) => number));
    if (latest.length === 0) return; // the last arrival keeps its ring until the next
    for (const ring of rings) ring.remove();
    rings = latest.map(([number, lon, lat]) => {
      document.querySelector(`#wall-arrived [data-number="${number}"]`)?.classList.add("wall-new");
      const element = Object.assign(document.createElement("div"), { className: "wall-ring" });
      return new maplibre.Marker({ element }).setLngLat([lon, lat]).addTo(map);
    });
    block.dataset.rings = rings.length;
  };
}

let timer = setTimeout(round, EVERY);
setInterval(tell, 1000);
addEventListener("online", () => { if (!over) { clearTimeout(timer); round(); } });
addEventListener("resize", () => { for (const each of Object.values(charts)) each.resize(); show(); });
show();
turn();
tell();
/** Where no map can be drawn (no WebGL): the same by street and township, in words. */
function listed(block) {
  block.classList.add("wall-listed");
  document.querySelector("[data-map-key]").hidden = true;
  return ({ towns }) => {
    const list = document.createElement("ol");
    list.className = "wall-list";
    for (const [name, , , count, late] of [...towns].sort((a, b) => b[3] - a[3])) {
      const line = document.createElement("li");
      for (const text of [`${count} 件`, name, late ? `超期未办 ${late}` : ""]) line.append(Object.assign(document.createElement("span"), { textContent: text }));
      list.append(line);
    }
    block.replaceChildren(list);
  };
}

const block = document.querySelector("[data-wall-map]");
open(block).catch(() => listed(block)).then((put) => { map = put; show(); });
