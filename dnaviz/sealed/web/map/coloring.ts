// Colors of points by a column; the categories, scales and their colors come from the file.
import type { Values } from "./atlas";

export const MISSING = "(none)"; // as figures/coloring.py calls what has no value
export const OTHER = "all others";

export const nameOf = (text: string): string => text || MISSING;

// Which of 256 colors each point has.
export function colorCodes({ about, values, category }: Values): Uint8Array {
  const codes = new Uint8Array(values.length);
  if (!about.numeric) {
    for (let i = 0; i < codes.length; i++) codes[i] = category[values[i]];
    return codes;
  }
  const [low, high] = about.ends;
  const span = high / 2 - low / 2;
  const least = about.bottom < 0 ? 0 : -Infinity;
  for (let i = 0; i < codes.length; i++) {
    const value = values[i];
    const place = Number.isFinite(value) ? Math.max((value / 2 - low / 2) / span, least) : about.bottom;
    codes[i] = Math.round(Math.min(Math.max(((place - about.bottom) * 255) / (1 - about.bottom), 0), 255));
  }
  return codes;
}

const rgb = (color: string): number[] => [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));

export function colorTable({ about }: Values, dark: boolean): Float32Array {
  const table = new Float32Array(3 * 256);
  if (!about.numeric) {
    about.colors[Number(dark)].forEach((color, i) => table.set(rgb(color), 3 * i));
    return table;
  }
  const stops = about.scales[Number(dark)];
  for (let i = 0; i < 256; i++) {
    const at = i / 255;
    const next = Math.max(1, stops.findIndex(([place]) => place >= at));
    const [[from, before], [to, after]] = [stops[next - 1], stops[next]];
    const share = to > from ? (at - from) / (to - from) : 1;
    const [a, b] = [rgb(before), rgb(after)];
    table.set(a.map((value, k) => value + share * (b[k] - value)), 3 * i);
  }
  return table;
}

// Which points have a value that is switched off. OTHER means all rarer categories.
export function switchedOff({ about, values, names, category }: Values, off: string[], hidden: Uint8Array): void {
  const last = about.categories.length - 1;
  const rare = off.includes(OTHER) && about.categories[last][0] === OTHER ? last : -1;
  const isOff = names.map((name, i) => off.includes(nameOf(name)) || category[i] === rare);
  for (let row = 0; row < values.length; row++) if (isOff[values[row]]) hidden[row] = 1;
}
