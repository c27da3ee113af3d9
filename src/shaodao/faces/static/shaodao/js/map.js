// A map of the county's own shapes; no tiles from outside unless the installation names some (data-tiles, data-credit).
// The engine is loaded only when the block comes into sight.
//   <div data-map data-shapes data-points data-lon data-lat data-pick=prefix data-engine data-worker data-style>
// A tap on a map with data-pick fills prefix lon, lat, crs of its form and says "picked".

import { t } from "./words.js";

const COUNTY = [[125.98, 42.27], [126.74, 42.82]];
const NOTHING = { type: "FeatureCollection", features: [] };
export const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const level = (name) => ["==", ["get", "level"], name];
const address = (path) => (path ? new URL(path, location.href).href : NOTHING);

/** The county's shapes as a style; over tiles only its outline, which the tiles do not have. */
export function style({ shapes, points = "", tiles = "" }) {
  const below = tiles ? tiles.split(" ") : [];
  const raster = (pattern) => ({ type: "raster", tiles: [pattern], tileSize: 256, maxzoom: 18 });
  const own = [
    { id: "county", type: "fill", source: "shapes", filter: level("county"), paint: { "fill-color": token("--surface"), "fill-antialias": false } },
    { id: "areas", type: "fill", source: "shapes", filter: level("community"), paint: { "fill-color": token("--land"), "fill-outline-color": token("--line-strong") } },
    { id: "roads", type: "line", source: "shapes", filter: ["all", level("line"), ["!=", ["get", "kind"], "river"]], paint: { "line-color": token("--line"), "line-width": 2 } },
    { id: "rivers", type: "line", source: "shapes", filter: ["all", level("line"), ["==", ["get", "kind"], "river"]], paint: { "line-color": token("--water"), "line-width": 2 } },
  ];
  const names = { id: "names", type: "symbol", source: "shapes", filter: level("label"), layout: { "text-field": ["get", "name"], "text-size": 12 }, paint: { "text-color": token("--ink-2"), "text-halo-color": token("--surface"), "text-halo-width": 1.5 } };
  return {
    version: 8,
    sources: {
      shapes: { type: "geojson", data: address(shapes), maxzoom: 11 }, // two metres are near enough, and cut only once
      points: { type: "geojson", data: address(points) },
      ...Object.fromEntries(below.map((pattern, n) => [`tiles-${n}`, raster(pattern)])),
    },
    layers: [
      { id: "paper", type: "background", paint: { "background-color": token("--sunken") } },
      ...below.map((_, n) => ({ id: `tiles-${n}`, type: "raster", source: `tiles-${n}` })),
      ...(below.length ? [] : own),
      { id: "outline", type: "line", source: "shapes", filter: level("county"), paint: { "line-color": token("--line-strong"), "line-width": 1.5 } },
      ...(below.length ? [] : [names]),
      { id: "own", type: "line", source: "points", filter: ["!=", ["geometry-type"], "Point"], paint: { "line-color": token("--brand"), "line-width": 3 } },
      { id: "points", type: "circle", source: "points", filter: ["==", ["geometry-type"], "Point"], paint: { "circle-radius": 7, "circle-color": ["match", ["get", "tone"], "overdue", token("--overdue"), "soon", token("--soon"), token("--brand")], "circle-stroke-color": token("--surface"), "circle-stroke-width": 2 } },
    ],
  };
}

/** A map in the block, of the whole county unless told otherwise; with its engine, loaded once. */
export async function draw(block, options = {}) {
  const { engine, worker, style: sheet, tiles, credit } = block.dataset;
  if (!document.querySelector(`link[href="${sheet}"]`)) {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: sheet });
    await new Promise((done, fail) => { link.onload = done; link.onerror = fail; document.head.append(link); });
  }
  const maplibre = await import(engine);
  maplibre.setWorkerUrl(new URL(worker, location.href).href);
  const map = new maplibre.Map({
    container: block,
    style: style(block.dataset),
    localIdeographFontFamily: token("--sans"),
    bounds: COUNTY,
    fitBoundsOptions: { padding: 16 },
    attributionControl: tiles && credit ? { customAttribution: credit } : false,
    cooperativeGestures: true,
    dragRotate: false,
    fadeDuration: 0,
    locale: {
      "CooperativeGesturesHandler.WindowsHelpText": t("按住 Ctrl 再滚动，可缩放地图"),
      "CooperativeGesturesHandler.MacHelpText": t("按住 ⌘ 再滚动，可缩放地图"),
      "CooperativeGesturesHandler.MobileHelpText": t("用两指移动地图"),
      "Map.Title": t("地图"),
      "Marker.Title": t("位置"),
      "NavigationControl.ZoomIn": t("放大"),
      "NavigationControl.ZoomOut": t("缩小"),
    },
    ...options,
  });
  return { map, maplibre };
}

async function open(block) {
  const { lon, lat, pick, bounds } = block.dataset;
  const wait = block.querySelector("[data-map-wait]");
  try {
    const form = pick === undefined ? null : block.closest("form");
    const field = (name) => form.elements[pick + name];
    const given = form && field("lon").value ? [Number(field("lon").value), Number(field("lat").value)] : null;
    const here = given ?? (lon ? [Number(lon), Number(lat)] : null);
    const view = here ? { bounds: undefined, center: here, zoom: 14 } : bounds ? { bounds: bounds.split(",").map(Number) } : {};
    const { map, maplibre } = await draw(block, view);
    map.addControl(new maplibre.NavigationControl({ showCompass: false }));
    const marker = new maplibre.Marker({ color: token("--brand"), draggable: form !== null });
    const put = (at) => marker.setLngLat(at).addTo(map);
    if (here) put(here);
    map.on("click", "points", ({ features: [{ properties }] }) => {
      if (properties.url) location.assign(properties.url);
    });
    if (form) {
      const take = ({ lng, lat: north }) => {
        field("lon").value = lng.toFixed(7);
        field("lat").value = north.toFixed(7);
        field("crs").value = "wgs84";
        block.dispatchEvent(new CustomEvent("picked", { bubbles: true }));
      };
      map.on("click", ({ lngLat }) => {
        put(lngLat);
        take(lngLat);
      });
      marker.on("dragend", () => take(marker.getLngLat()));
      form.addEventListener("unplaced", () => marker.remove());
      form.addEventListener("located", ({ detail }) => {
        put([detail.lon, detail.lat]);
        map.easeTo({ center: [detail.lon, detail.lat], zoom: 15 });
      });
    }
    map.once("load", () => wait.remove());
  } catch {
    wait.textContent = t("这部手机显示不了地图，请写下地址。");
  }
}

const seen = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    seen.unobserve(target);
    open(target);
  }
}, { rootMargin: "200px" });
for (const block of document.querySelectorAll("[data-map]")) seen.observe(block);
