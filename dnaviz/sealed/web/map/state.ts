// What is on screen, behind the # of the address, as the dashboard writes it (panels/latent_map/state.py).
export type State = {
  space: string;
  color: string;
  size: number;
  opacity: number;
  hidden: Record<string, string[]>;
  between: Record<string, [number, number]>;
  selection: string;
  focus: string;
  lacking: string[]; // what a link of the dashboard names and this page does not have
};

const NAMES = ["space", "color", "size", "opacity", "hidden", "between", "selection", "focus"];

export const DEFAULTS = { size: 4, opacity: 0.75 };
const LONGEST = 60_000; // of a selection, characters

// Never more than `most` bytes, whatever a stranger's link holds.
async function through(bytes: Uint8Array<ArrayBuffer>, stream: GenericTransformStream, most: number): Promise<Uint8Array> {
  const reader = new Blob([bytes]).stream().pipeThrough(stream as TransformStream<any, any>).getReader();
  const parts: Uint8Array[] = [];
  let length = 0;
  while (length <= most) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    length += value.length;
  }
  const all = new Uint8Array(length);
  for (const part of parts.reverse()) all.set(part, length -= part.length);
  return all;
}

// Rows as a compressed bit field behind the atlas's mark; "" for none, or where it would be too long.
export async function pack(rows: ArrayLike<number>, count: number, mark: number[]): Promise<string> {
  if (!rows.length) return "";
  const bits = new Uint8Array(mark.length + ((count + 7) >> 3));
  bits.set(mark);
  for (let i = 0; i < rows.length; i++) bits[mark.length + (rows[i] >> 3)] |= 128 >> (rows[i] & 7);
  const packed = await through(bits, new CompressionStream("deflate"), LONGEST);
  if (packed.length > LONGEST) return "";
  let text = "";
  for (const byte of packed) text += String.fromCharCode(byte);
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

// The rows that `pack` wrote; null where the text is of another atlas, or none.
export async function unpack(text: string, count: number, mark: number[]): Promise<number[] | null> {
  if (!text) return [];
  const size = mark.length + ((count + 7) >> 3);
  try {
    const packed = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
    const bits = await through(packed, new DecompressionStream("deflate"), size);
    if (bits.length !== size || mark.some((byte, i) => bits[i] !== byte)) return null;
    const rows: number[] = [];
    for (let row = 0; row < count; row++) if (bits[mark.length + (row >> 3)] & (128 >> (row & 7))) rows.push(row);
    return rows;
  } catch { return null; }
}

export function write(state: Partial<State>): void {
  const text = JSON.stringify(state);
  history.replaceState(null, "", text === "{}" ? location.pathname + location.search : `#state=${encodeURIComponent(text)}`);
}

// What the address names, each value only if it is of its kind; null where it cannot be read.
export function read(): Partial<State> | null {
  const text = new URLSearchParams(location.hash.slice(1)).get("state");
  if (!text) return {};
  try {
    const given = JSON.parse(text);
    if (typeof given !== "object" || given === null || Array.isArray(given)) return null;
    const state: Record<string, unknown> = {};
    for (const name of ["space", "color", "selection", "focus"]) if (typeof given[name] === "string") state[name] = given[name];
    for (const [name, low, high] of [["size", 1, 14], ["opacity", 0.05, 1]] as const) {
      if (typeof given[name] === "number" && given[name] >= low && given[name] <= high) state[name] = given[name];
    }
    if (typeof given.hidden === "object" && given.hidden !== null) {
      state.hidden = Object.fromEntries(Object.entries(given.hidden).filter(([, names]) =>
        Array.isArray(names) && names.every((one) => typeof one === "string")));
    }
    if (typeof given.between === "object" && given.between !== null) {
      state.between = Object.fromEntries(Object.entries(given.between).filter(([, limits]) =>
        Array.isArray(limits) && limits.length === 2 && limits.every(Number.isFinite)));
    }
    state.lacking = Object.keys(given).filter((name) => !NAMES.includes(name)).slice(0, 8);
    return state;
  } catch { return null; }
}
