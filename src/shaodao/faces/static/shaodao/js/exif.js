// What a camera notes in a JPEG: where it was. And the note itself, to go with a picture that is made smaller.
// A small reader of the few fields needed; anything odd reads as nothing.

const GPS = 0x8825;
const ORIENTATION = 0x0112;

/** The EXIF segment of a JPEG, whole (marker, length, body), or null. */
function segment(view) {
  if (view.byteLength < 4 || view.getUint16(0) !== 0xffd8) return null;
  for (let at = 2; at + 10 < view.byteLength; ) {
    const marker = view.getUint16(at);
    const length = view.getUint16(at + 2);
    if (marker >> 8 !== 0xff || marker === 0xffda || length < 2 || at + 2 + length > view.byteLength) return null;
    if (marker === 0xffe1 && view.getUint32(at + 4) === 0x45786966) return { at, size: length + 2 };
    at += 2 + length;
  }
  return null;
}

/** The fields of one directory: tag → where its value stands. */
function directory(tiff, at) {
  const found = new Map();
  const count = tiff.u16(at);
  for (let n = 0; n < count && n < 512; n++) {
    const entry = at + 2 + 12 * n;
    found.set(tiff.u16(entry), { at: entry + 8, kind: tiff.u16(entry + 2) });
  }
  return found;
}

function reader(view, start) {
  const little = view.getUint16(start) === 0x4949;
  return {
    u16: (at) => view.getUint16(start + at, little),
    u32: (at) => view.getUint32(start + at, little),
    letter: (at) => String.fromCharCode(view.getUint8(start + at)),
    first: view.getUint32(start + 4, little),
    put16: (at, value) => view.setUint16(start + at, value, little),
  };
}

function degrees(tiff, field) {
  const at = tiff.u32(field.at);
  const part = (n) => tiff.u32(at + 8 * n) / tiff.u32(at + 8 * n + 4);
  return part(0) + part(1) / 60 + part(2) / 3600;
}

/** { lon, lat } in WGS-84 degrees, as the camera noted them, or null. */
export function position(buffer) {
  try {
    const view = new DataView(buffer);
    const found = segment(view);
    if (!found) return null;
    const tiff = reader(view, found.at + 10);
    const gps = directory(tiff, tiff.first).get(GPS);
    if (!gps) return null;
    const fields = directory(tiff, tiff.u32(gps.at));
    if (![1, 2, 3, 4].every((tag) => fields.has(tag))) return null;
    const lat = degrees(tiff, fields.get(2)) * (tiff.letter(fields.get(1).at) === "S" ? -1 : 1);
    const lon = degrees(tiff, fields.get(4)) * (tiff.letter(fields.get(3).at) === "W" ? -1 : 1);
    const good = Math.abs(lat) <= 90 && Math.abs(lon) <= 180 && (lat !== 0 || lon !== 0);
    return good ? { lon, lat } : null;
  } catch {
    return null; // cut short, or no camera's
  }
}

/** `smaller`, a JPEG drawn anew from `original`, with the original's note: when and where stay evidence. It was drawn upright. */
export async function noted(smaller, original) {
  try {
    const view = new DataView(await original.slice(0, 256 * 1024).arrayBuffer());
    const found = segment(view);
    if (!found) return smaller;
    const tiff = reader(view, found.at + 10);
    const turned = directory(tiff, tiff.first).get(ORIENTATION);
    if (turned) tiff.put16(turned.at, 1);
    const note = new Uint8Array(view.buffer, found.at, found.size);
    return new Blob([smaller.slice(0, 2), note, smaller.slice(2)], { type: "image/jpeg" });
  } catch {
    return smaller;
  }
}
