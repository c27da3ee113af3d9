// The cases of a list on the map. The server gathers them into cells for the part that is looked at; a mark shows how many,
// or the one there is. What is chosen is listed beside the map.
//   <div data-case-map data-base data-cells data-grids data-near data-grid-shapes data-query …>
// Where one is on the map stands behind # in the address, so that going back from a case finds it again.

const block = document.querySelector("[data-case-map]");
const { base, cells, grids, near, gridShapes, query } = block.dataset;
const { draw, token } = await import(base);
const panel = document.getElementById("near");
const told = document.querySelector("[data-map-told]");
const EMPTY = { type: "FeatureCollection", features: [] };
const ROOM = 0.2; // of the part in sight, asked for beyond each edge
const CLOSEST = 20;
const MARK = { centre: "受", hand: "办", check: "评", shelved: "挂", over: "结", overdue: "超" };
const WAIT = 150; // ms of rest before the server is asked
const LATE = 40; // ms between two frames
const REST = 600; // ms

const params = (more) => `${query ? `${query}&` : ""}${new URLSearchParams(more)}`;
const ask = async (path, more, signal) => {
  const response = await fetch(`${path}?${params(more)}`, { signal, headers: { Accept: "application/json" } });
  if (!response.ok || response.redirected) throw new Error(response.status);
  return response;
};

function place() {
  const [zoom, lat, lon, layer] = location.hash.slice(1).split("/");
  const known = [zoom, lat, lon].every((part) => part && Number.isFinite(Number(part)));
  return { at: known ? { zoom: Number(zoom), center: [Number(lon), Number(lat)] } : null, layer: layer ?? "cases" };
}

const feature = (most) => ([lon, lat, count, overdue, over, number, stage]) => ({
  type: "Feature",
  geometry: { type: "Point", coordinates: [lon, lat] },
  properties: {
    count, overdue, number, lon, lat,
    size: Math.max(Math.min(9 + 4 * Math.log2(count), 36), overdue && !number ? 18 : 11),
    share: Math.max(Math.sqrt(count / most), 0.2),
    tone: number ? (overdue ? "overdue" : stage) : "many",
    label: number ? MARK[overdue ? "overdue" : stage] : overdue ? `${count}\n超${overdue}` : String(count),
  },
});

function layers() {
  const many = ["==", ["get", "tone"], "many"];
  const size = ["get", "size"];
  const colour = ["match", ["get", "tone"],
    "many", token("--brand"), "overdue", token("--overdue"), "centre", token("--soon"), "hand", token("--brand"),
    "check", token("--calm"), token("--done")];
  const onColour = ["match", ["get", "tone"], ["many", "hand"], token("--on-brand"), "overdue", token("--on-overdue"), token("--surface")];
  return [
    { id: "grids", type: "fill", source: "grids", layout: { visibility: "none" }, paint: {
      "fill-color": token("--brand"), "fill-opacity": ["coalesce", ["feature-state", "share"], 0] } },
    { id: "grid-lines", type: "line", source: "grids", layout: { visibility: "none" }, paint: { "line-color": token("--line-strong"), "line-width": 0.6 } },
    { id: "heat", type: "heatmap", source: "cases", layout: { visibility: "none" }, paint: {
      "heatmap-weight": ["get", "share"],
      "heatmap-radius": ["interpolate", ["linear"], ["zoom"], 8, 36, 14, 48],
      "heatmap-color": ["interpolate", ["linear"], ["heatmap-density"],
        0, `${token("--soon")}00`, 0.15, `${token("--soon")}55`, 0.5, token("--soon"), 1, token("--overdue")],
      "heatmap-opacity": 0.85 } },
    { id: "late", type: "circle", source: "cases", filter: ["all", many, [">", ["get", "overdue"], 0]], paint: {
      "circle-radius": ["+", size, 4], "circle-color": token("--overdue"), "circle-opacity": 0.9 } },
    { id: "marks", type: "circle", source: "cases", paint: {
      "circle-radius": size, "circle-color": colour, "circle-stroke-color": token("--surface"), "circle-stroke-width": 1.5 } },
    { id: "labels", type: "symbol", source: "cases", layout: {
      "text-field": ["get", "label"], "text-font": [token("--sans")], "text-size": 12, "text-line-height": 1.1,
      "text-allow-overlap": true, "text-ignore-placement": true }, paint: { "text-color": onColour } },
  ];
}
const SHOWN = { cases: ["late", "marks", "labels"], heat: ["heat"], grids: ["grids", "grid-lines"] };

/** A machine without a graphics card paints every pixel by hand. Where frames come late, the map is drawn half as sharp
 *  while it moves, or a quarter where that is not enough, and sharp again when it rests. */
function keepPace(map) {
  const gl = map.getCanvas().getContext("webgl2");
  const renderer = gl?.getExtension("WEBGL_debug_renderer_info");
  const byHand = renderer && /swiftshader|llvmpipe|software/i.test(gl.getParameter(renderer.UNMASKED_RENDERER_WEBGL));
  const sharp = map.getPixelRatio();
  const late = [];
  let part = byHand ? 2 : 1; // of the sharpness, while it moves
  let before = 0;
  let resting = 0;
  let own = false; // a change of sharpness counts as a move
  const draw = (ratio) => {
    if (map.getPixelRatio() === ratio) return;
    own = true;
    map.setPixelRatio(ratio);
    own = false;
  };
  map.on("movestart", () => {
    if (own) return;
    clearTimeout(resting);
    before = 0;
    if (part > 1) draw(sharp / part);
  });
  map.on("render", () => {
    if (part === 4 || !map.isMoving()) return;
    const now = performance.now();
    if (before) late.push(now - before > LATE);
    before = now;
    if (late.length > 12) late.shift();
    if (late.length < 12 || late.filter(Boolean).length <= 6) return;
    part *= 2;
    late.length = 0;
  });
  map.on("moveend", () => {
    if (own) return;
    clearTimeout(resting);
    resting = setTimeout(draw, REST, sharp);
  });
}

async function open() {
  const begin = place();
  const { map, maplibre } = await draw(block, begin.at ? { bounds: undefined, ...begin.at } : {});
  map.addControl(new maplibre.NavigationControl({ showCompass: false }));
  map.addControl(new maplibre.ScaleControl());
  await new Promise((done) => map.once("load", done));
  map.addSource("cases", { type: "geojson", data: EMPTY, maxzoom: 12 }); // to a metre
  map.addSource("grids", { type: "geojson", data: EMPTY, maxzoom: 11, promoteId: "code" });
  const before = map.getLayer("names") ? "names" : undefined;
  for (const layer of layers()) map.addLayer(layer, layer.id.startsWith("grid") ? before : undefined);
  block.querySelector("[data-map-wait]").remove();
  keepPace(map);

  let have = null; // the part and zoom the cells are of
  let running = null;
  let timer = 0;
  let layer = "";

  const sight = () => {
    const bounds = map.getBounds();
    return { west: bounds.getWest(), south: bounds.getSouth(), east: bounds.getEast(), north: bounds.getNorth() };
  };
  const wider = ({ west, south, east, north }) => {
    const [x, y] = [(east - west) * ROOM, (north - south) * ROOM];
    return { west: Math.max(west - x, -180), south: Math.max(south - y, -90), east: Math.min(east + x, 180), north: Math.min(north + y, 90) };
  };
  const holds = (box, inner) =>
    box.west <= inner.west && box.south <= inner.south && box.east >= inner.east && box.north >= inner.north;

  async function look() {
    const zoom = Math.round(map.getZoom());
    const now = sight();
    if (have && have.zoom === zoom && holds(have.box, now)) return;
    running?.abort();
    running = new AbortController();
    const box = wider(now);
    try {
      const found = await (await ask(cells, { ...box, zoom }, running.signal)).json();
      have = { zoom, box };
      map.getSource("cases").setData({ type: "FeatureCollection", features: found.cells.map(feature(found.cells[0]?.[2] ?? 1)) });
      block.dataset.marks = found.cells.length;
      const seen = found.cells.filter(([lon, lat]) => lon >= now.west && lon <= now.east && lat >= now.south && lat <= now.north);
      const sum = (n) => seen.reduce((all, cell) => all + cell[n], 0);
      say(seen.length ? `图中 ${sum(2)} 件，其中有时限超期的 ${sum(3)} 件` : "图中没有符合条件的哨件");
    } catch (error) {
      if (error.name !== "AbortError") say("没有取到数据，移动地图再试；或点“列表”查看。");
    }
  }

  function remember() {
    const { lng, lat } = map.getCenter();
    history.replaceState(null, "", `#${map.getZoom().toFixed(2)}/${lat.toFixed(5)}/${lng.toFixed(5)}/${layer}`);
  }

  async function list(more) {
    panel.setAttribute("aria-busy", "true");
    try {
      panel.innerHTML = await (await ask(near, more)).text();
      panel.querySelector("h2")?.focus();
    } catch {
      panel.textContent = "没有取到数据，请再试一次。";
    }
    panel.removeAttribute("aria-busy");
  }

  async function show(wanted) {
    layer = wanted in SHOWN ? wanted : "cases";
    for (const button of document.querySelectorAll("[data-layer]")) {
      button.setAttribute("aria-pressed", String(button.dataset.layer === layer));
    }
    for (const legend of document.querySelectorAll("[data-legend]")) legend.hidden = legend.dataset.legend !== layer;
    clearTimeout(timer);
    for (const [name, ids] of Object.entries(SHOWN)) {
      for (const id of ids) map.setLayoutProperty(id, "visibility", name === layer ? "visible" : "none");
    }
    remember();
    if (layer === "grids") await count();
    else await look();
  }

  const counted = ask(grids, {}).then((response) => response.json());
  counted.catch(() => {}); // told where it is needed

  /** What lies here; and what has no point, so that nobody takes the marks for all there is. */
  function say(words) {
    if (layer === "grids") return; // it was chosen while the answer was on its way
    told.textContent = words;
    counted.then(({ total, placed }) => {
      if (total > placed && told.textContent === words) told.textContent = `${words}；另有 ${total - placed} 件没有点位，在“网格”里`;
    }, () => {});
  }

  let drawn = false;
  async function count() {
    try {
      const found = await counted;
      if (!drawn) {
        map.getSource("grids").setData(await (await fetch(gridShapes)).json());
        const most = Math.max(...Object.values(found.grids).map(([all]) => all), 1);
        for (const [id, [all]] of Object.entries(found.grids)) {
          map.setFeatureState({ source: "grids", id }, { share: 0.15 + 0.75 * Math.sqrt(all / most) });
        }
        document.querySelector("[data-most]").textContent = most;
        drawn = true;
      }
      const { total, placed } = found;
      told.textContent = `共 ${total} 件${total > placed ? `，其中 ${total - placed} 件没有点位，只记到网格` : ""}`;
    } catch {
      told.textContent = "没有取到数据，请再试一次。";
    }
  }

  map.on("moveend", () => {
    remember();
    clearTimeout(timer);
    if (layer !== "grids") timer = setTimeout(look, WAIT);
  });
  map.on("click", "marks", ({ features: [{ properties: { number, lon, lat } }] }) => {
    if (!number && map.getZoom() < CLOSEST - 0.5) {
      map.easeTo({ center: [lon, lat], zoom: Math.min(map.getZoom() + 2, CLOSEST) });
      return;
    }
    const reach = number ? 2e-7 : (360 / (512 * 2 ** map.getZoom())) * 30;
    list({ west: lon - reach, south: lat - reach, east: lon + reach, north: lat + reach });
  });
  map.on("click", "grids", ({ features: [{ id }] }) => list({ grid: id }));
  for (const id of ["marks", "grids"]) {
    map.on("mouseenter", id, () => { map.getCanvas().style.cursor = "pointer"; });
    map.on("mouseleave", id, () => { map.getCanvas().style.cursor = ""; });
  }
  for (const button of document.querySelectorAll("[data-layer]")) button.addEventListener("click", () => show(button.dataset.layer));
  document.querySelector("[data-list-here]").addEventListener("click", () => list(sight()));
  for (const tool of document.querySelectorAll("[data-map-tools]")) tool.hidden = false;
  await show(begin.layer);
}

open().catch((error) => {
  console.warn(error);
  const wait = block.querySelector("[data-map-wait]");
  if (wait) wait.textContent = "这台设备显示不了地图，请点“列表”查看。";
});
