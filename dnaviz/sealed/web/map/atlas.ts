// The atlas in the page: what ../../map_data.py has packed, read as it is needed.
import { inflated } from "../src/payload";
import { general, thousands } from "./numbers";

export type Column = {
  name: string;
  numeric: boolean; // shown on a scale
  fractions: boolean; // of floating point, on a scale or not
  missing: number; // rows without a number, where it has numbers
  type: string;
  ends: [number, number];
  bottom: number;
  scales: [number, string][][];
  ticks: [number, string][];
  categories: [string, number][];
  colors: string[][];
  ranges: { tops: number[]; names: string[] } | null;
};
export type Space = { key: string; label: string; trust: string; frame: [number, number, number, number] };
export type Theme = { ink: string; muted: string; paper: string; accent: string; bases: Record<string, string> };
export type About = {
  name: string;
  count: number;
  mark: number[]; // of its ids, see Atlas.mark
  color: string;
  offered: string[];
  members: string[];
  mostMembers: number;
  notes: string[];
  themes: [Theme, Theme];
  glyphs: Record<string, string>;
  logoReach: number;
  words: { said: Record<string, string>; values: Record<string, Record<string, string>> };
  columns: Column[];
  spaces: Space[];
  sequences: { window: number; rows: number; parts: number } | null;
};
export type Numbers = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float32Array | Float64Array;
export type Values = { about: Column; values: Numbers; names: string[]; category: number[] };

const TYPES: Record<string, any> = {
  u1: Uint8Array, u2: Uint16Array, u4: Uint32Array, i4: Int32Array, f4: Float32Array, f8: Float64Array,
};
const LETTERS = "ACGTN-";

// Parts of the file behind the script are there once all of it is read.
const whole = new Promise<void>((done) => {
  if (document.readyState !== "loading") done();
  else document.addEventListener("DOMContentLoaded", () => done());
});

async function part(name: string): Promise<ArrayBuffer> {
  let tag = document.getElementById(`payload-${name}`);
  if (!tag?.nextSibling) { // not there, or not to its end
    await whole;
    tag = document.getElementById(`payload-${name}`);
  }
  if (!tag) throw new Error(`the file lacks its part ${name}`);
  const data = await inflated(tag.textContent ?? "").arrayBuffer();
  tag.remove(); // its text takes as much memory again
  return data;
}

async function json(name: string): Promise<any> {
  return JSON.parse(new TextDecoder().decode(await part(name)));
}

export class Atlas {
  private readonly loads = new Map<string, Promise<any>>();
  ids: string[] = [];
  columns: Values[] = [];
  private packed = new Uint8Array(0);
  private starts = new Float64Array(0); // of runs of what is no base, from the first base on
  private lengths = new Uint32Array(0);
  private kinds = new Uint8Array(0);

  constructor(readonly about: About) {}

  static async open(): Promise<Atlas> { return new Atlas(await json("about")); }

  get count(): number { return this.about.count; }
  get window(): number { return this.about.sequences?.window ?? 0; }

  private once<T>(name: string, load: () => Promise<T>): Promise<T> {
    if (!this.loads.has(name)) this.loads.set(name, load());
    return this.loads.get(name) as Promise<T>;
  }

  // Steps of x of all points, then those of y.
  points(space: string): Promise<Uint16Array> {
    return this.once(`points-${space}`, async () => new Uint16Array(await part(`points-${space}`)));
  }

  column(name: string): Promise<Values> {
    const number = this.about.columns.findIndex((one) => one.name === name);
    return this.once(`column-${number}`, async () => {
      const about = this.about.columns[number];
      const values = new TYPES[about.type](await part(`column-${number}`));
      const texts = about.numeric ? { names: [], category: [] } : await json(`texts-${number}`);
      return { about, values, ...texts };
    });
  }

  // Ids and all columns: what a point says of itself.
  everything(): Promise<void> {
    return this.once("everything", async () => {
      this.ids = await this.once("ids", () => json("ids"));
      for (const { name } of this.about.columns) this.columns.push(await this.column(name));
    });
  }

  named(name: string): Values | undefined { return this.columns.find((one) => one.about.name === name); }

  sequences(): Promise<void> {
    return this.once("sequences", async () => {
      const { window, rows, parts } = this.about.sequences!;
      const data = await part("exceptions");
      const count = data.byteLength / 9;
      const steps = new Uint32Array(data, 0, count);
      this.lengths = new Uint32Array(data, 4 * count, count);
      this.kinds = new Uint8Array(data, 8 * count);
      this.starts = new Float64Array(count);
      for (let i = 0, at = 0; i < count; i++) this.starts[i] = at += steps[i];
      const width = Math.ceil(window / 4);
      const packed = new Uint8Array(this.count * width);
      for (let i = 0; i < parts; i++) packed.set(new Uint8Array(await part(`sequences-${i}`)), i * rows * width);
      this.packed = packed;
    });
  }

  // Codes 0-5 for ACGTN- of a row, into `codes`, once `sequences` are there.
  codes(row: number, codes: Uint8Array): void {
    const window = this.window;
    const at = row * Math.ceil(window / 4);
    for (let i = 0; i < window; i++) codes[i] = (this.packed[at + (i >> 2)] >> (6 - 2 * (i & 3))) & 3;
    const first = row * window;
    let low = 0;
    for (let high = this.starts.length; low < high;) {
      const middle = (low + high) >> 1;
      if (this.starts[middle] < first) low = middle + 1;
      else high = middle;
    }
    for (; low < this.starts.length && this.starts[low] < first + window; low++) {
      const begin = this.starts[low] - first;
      codes.fill(this.kinds[low], begin, begin + this.lengths[low]);
    }
  }

  // Bases of a row as text, without what no base is at its ends.
  bases(row: number): string { return this.aligned(row).replace(/^-+|-+$/g, ""); }

  // Bases of a row, one letter a column of the window.
  aligned(row: number): string {
    const codes = new Uint8Array(this.window);
    this.codes(row, codes);
    return Array.from(codes, (code) => LETTERS[code]).join("");
  }
}

// A value as a number; NaN where it is none.
export function numberAt(column: Values, row: number): number {
  if (column.about.numeric) return column.values[row];
  const text = column.names[column.values[row]];
  return text === "" ? NaN : Number(text);
}

// A value as it stands in a file; "" where it is missing.
export function textAt(column: Values, row: number): string {
  const { numeric, fractions } = column.about;
  if (!numeric && !fractions) return column.names[column.values[row]];
  const value = numberAt(column, row);
  if (Number.isNaN(value)) return "";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  const whole = Number.isInteger(value) && Math.abs(value) < 1e15;  // as coordinates, with all digits
  return fractions && !whole ? general(value, 6) : String(value);
}

// A value as a person reads it.
export function shownAt(column: Values, row: number): string {
  if (!column.about.numeric) return column.names[column.values[row]].slice(0, 200);
  const value = column.values[row];
  if (!Number.isFinite(value)) return "";
  return Number.isInteger(value) && Math.abs(value) < 1e15 ? thousands(value) : general(value, 3);
}

// The distinct texts of a column, and of each row which of them it is.
export function factor(column: Values): { codes: Numbers; names: string[] } {
  if (!column.about.numeric) return { codes: column.values, names: column.names };
  const numbers = new Map<string, number>();
  const codes = new Uint32Array(column.values.length);
  for (let row = 0; row < codes.length; row++) {
    const value = column.values[row];
    const text = Number.isFinite(value) ? String(value) : "";
    if (!numbers.has(text)) numbers.set(text, numbers.size);
    codes[row] = numbers.get(text)!;
  }
  return { codes, names: [...numbers.keys()] };
}
