// What of a photo is painted over before everybody sees it: boxes over the picture, found by the server and mended by hand.
//   <div data-blackout><img><svg viewBox="0 0 1000 1000" data-blackout-boxes><rect …></svg><input> …</div>
// The input holds them as "left,top,right,bottom …" in thousandths; without scripts one writes there.
// Mouse: draw, move, pull the corner. Touch: add by the button, then the same. Keys: arrows move, with Shift they size, Delete removes.

import { t } from "./words.js";

const WHOLE = 1000;
const SMALLEST = 10;
const STEP = 10;
const CORNER = 28; // CSS pixels to take hold of
const SVG = "http://www.w3.org/2000/svg";
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const between = (low, value, high) => Math.min(high, Math.max(low, Math.round(value)));
const read = (rect) => ["x", "y", "width", "height"].map((name) => Number(rect.getAttribute(name)));
const place = (rect, [x, y, width, height]) => {
  const [wide, high] = [between(SMALLEST, width, WHOLE), between(SMALLEST, height, WHOLE)];
  const at = { x: between(0, x, WHOLE - wide), y: between(0, y, WHOLE - high), width: wide, height: high };
  for (const [name, value] of Object.entries(at)) rect.setAttribute(name, value);
};

const begin = (block) => {
  const svg = block.querySelector("[data-blackout-boxes]");
  const input = block.querySelector("input[name^=boxes-]");
  const boxes = () => [...svg.querySelectorAll("rect")];
  let chosen = null;

  const tell = () => {
    input.value = boxes().map(read).map(([x, y, wide, high]) => [x, y, x + wide, y + high].join(",")).join(" ");
    boxes().forEach((rect, n) => {
      rect.setAttribute("tabindex", "0");
      rect.setAttribute("role", "button");
      rect.setAttribute("aria-label", t("遮盖框 {n}，共 {all} 个。方向键移动，按住 Shift 改大小，删除键删掉", { n: n + 1, all: boxes().length }));
    });
    block.querySelector("[data-blackout-remove]").disabled = !chosen;
  };
  const choose = (rect) => {
    chosen?.classList.remove("chosen");
    chosen = rect;
    rect?.classList.add("chosen");
    tell();
  };
  const add = (at) => {
    const rect = document.createElementNS(SVG, "rect");
    place(rect, at);
    svg.append(rect);
    choose(rect);
    rect.focus();
    return rect;
  };
  const remove = () => {
    chosen?.remove();
    choose(null);
    svg.querySelector("rect")?.focus();
  };

  svg.addEventListener("focusin", (event) => choose(event.target.closest("rect")));
  svg.addEventListener("keydown", (event) => {
    if (!chosen) return;
    const arrow = ARROWS[event.key];
    if (arrow) {
      const [x, y, wide, high] = read(chosen);
      const [right, down] = arrow.map((way) => way * STEP);
      place(chosen, event.shiftKey ? [x, y, wide + right, high + down] : [x + right, y + down, wide, high]);
      tell();
    } else if (event.key === "Delete" || event.key === "Backspace") {
      remove();
    } else {
      return;
    }
    event.preventDefault();
  });
  svg.addEventListener("pointerdown", (event) => {
    const frame = svg.getBoundingClientRect();
    const scale = [WHOLE / frame.width, WHOLE / frame.height];
    const point = (e) => [(e.clientX - frame.left) * scale[0], (e.clientY - frame.top) * scale[1]];
    const from = point(event);
    let rect = event.target.closest("rect");
    if (!rect && event.pointerType === "touch") return; // it scrolls the page
    event.preventDefault();
    const drawn = !rect;
    if (drawn) rect = add([from[0], from[1], SMALLEST, SMALLEST]);
    rect.focus();
    const [x, y, wide, high] = read(rect);
    const corner = [x + wide - from[0], y + high - from[1]].every((far, i) => far < CORNER * scale[i]);
    const sizes = drawn || (corner && [wide, high].some((side, i) => side > CORNER * scale[i]));
    const move = (e) => {
      const to = point(e);
      const by = [to[0] - from[0], to[1] - from[1]];
      if (drawn) place(rect, [Math.min(from[0], to[0]), Math.min(from[1], to[1]), Math.abs(by[0]), Math.abs(by[1])]);
      else if (sizes) place(rect, [x, y, wide + by[0], high + by[1]]);
      else place(rect, [x + by[0], y + by[1], wide, high]);
    };
    const end = () => {
      svg.removeEventListener("pointermove", move);
      const [, , nowWide, nowHigh] = read(rect);
      if (drawn && nowWide <= SMALLEST && nowHigh <= SMALLEST) remove(); // a click beside the boxes
      tell();
    };
    svg.setPointerCapture(event.pointerId);
    svg.addEventListener("pointermove", move);
    svg.addEventListener("lostpointercapture", end, { once: true });
  });
  block.querySelector("[data-blackout-add]").addEventListener("click", () => add([400, 400, 200, 200]));
  block.querySelector("[data-blackout-remove]").addEventListener("click", remove);

  block.querySelector("[data-blackout-written]").hidden = true;
  block.querySelector("[data-blackout-acts]").hidden = false;
  tell();
};

document.querySelectorAll("[data-blackout]").forEach(begin);
