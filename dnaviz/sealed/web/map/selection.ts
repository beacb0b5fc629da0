// What selected points have in common; as atlas/selection.py counts it.
import { factor, type Atlas, type Numbers, type Values } from "./atlas";

const PSEUDOCOUNT = 1;
const LEAST_G = 28; // chi-squared, 3 degrees of freedom: p = 4e-6 a column
const LEAST_BITS = 0.1;
const MOST_VALUES = 12;
const K = 5;
const KMERS = 4 ** K;
export const MOST_COUNTED = 25_000; // k-mers are looked for in so many windows, drawn where there are more
const LEAST_WINDOWS = 5; // of fewer no k-mer is told
const LEAST_Z = 4; // below these a k-mer is no news
const LEAST_RATIO = 1.2;
const MOST_CHANCE = 1e-5; // that any of all k-mers is told of windows drawn at random
const BASES = "ACGT";

const COORDINATES = ["start", "end", "position"]; // a mean of places is no place
const LEAST_EFFECT = 0.3; // standard deviations; less is no news
const MOST_NAMES = 1000;

export type Difference = { column: string; value: string | null; inside: number; rest: number; effect: number };
export type Enriched = { position: number; base: string; share: number; rest: number };
export type Kmer = { kmer: string; share: number; rest: number };
export type Value = { name: string; selected: number; share: number; restShare: number };

// Counts of A, C, G, T in each column of the windows of rows: base times width plus column.
export function baseCounts(atlas: Atlas, rows: ArrayLike<number> | null): Float64Array {
  const width = atlas.window;
  const counts = new Float64Array(6 * width);
  const codes = new Uint8Array(width);
  const length = rows ? rows.length : atlas.count;
  for (let i = 0; i < length; i++) {
    atlas.codes(rows ? rows[i] : i, codes);
    for (let at = 0; at < width; at++) counts[codes[at] * width + at] += 1;
  }
  return counts.slice(0, 4 * width);
}

// Base frequencies (4, width), a pseudocount shared evenly by the bases.
function frequencies(counts: Float64Array, width: number): Float64Array {
  const share = new Float64Array(4 * width);
  for (let at = 0; at < width; at++) {
    let total = PSEUDOCOUNT;
    for (let base = 0; base < 4; base++) total += counts[base * width + at];
    for (let base = 0; base < 4; base++) share[base * width + at] = (counts[base * width + at] + PSEUDOCOUNT / 4) / total;
  }
  return share;
}

// Letter heights (4, end - begin) of a logo in bits: frequency times 2 minus the entropy.
export function information(counts: Float64Array, width: number, begin: number, end: number): number[][] {
  const share = frequencies(counts, width);
  const heights: number[][] = [[], [], [], []];
  for (let at = begin; at < end; at++) {
    let bits = 2;
    let total = 0;
    for (let base = 0; base < 4; base++) {
      const p = share[base * width + at];
      bits += p * Math.log2(p);
      total += counts[base * width + at];
    }
    for (let base = 0; base < 4; base++) heights[base].push(total > 0 ? share[base * width + at] * Math.max(bits, 0) : 0);
  }
  return heights;
}

// Columns that differ most from the rest, with the base that does it; not what chance does.
export function enrichedColumns(selected: Float64Array, all: Float64Array, width: number, most = 6): Enriched[] {
  const rest = all.map((count, i) => count - selected[i]);
  const share = frequencies(selected, width);
  const other = frequencies(rest, width);
  const columns = Array.from({ length: width }, (_, at) => {
    const gains = [0, 1, 2, 3].map((base) => share[base * width + at] * Math.log2(share[base * width + at] / other[base * width + at]));
    let reached = 0;
    for (let base = 0; base < 4; base++) reached += selected[base * width + at];
    return { at, gains, reached, bits: reached ? gains.reduce((a, b) => a + b) : 0 };
  });
  return columns.sort((a, b) => b.bits - a.bits || a.at - b.at).slice(0, most)
    .filter(({ bits, reached }) => bits >= LEAST_BITS && 2 * Math.LN2 * bits * reached >= LEAST_G)
    .map(({ at, gains }) => {
      const base = gains.indexOf(Math.max(...gains));
      return { position: at - (width >> 1), base: BASES[base], share: share[base * width + at], rest: other[base * width + at] };
    });
}

// In how many windows of rows each k-mer stands.
function kmerCounts(atlas: Atlas, rows: number[]): Float64Array {
  const counts = new Float64Array(KMERS);
  const last = new Int32Array(KMERS).fill(-1); // window that a k-mer was seen in
  const codes = new Uint8Array(atlas.window);
  for (const row of rows) {
    atlas.codes(row, codes);
    let index = 0;
    let known = 0; // bases in a row
    for (const code of codes) {
      known = code < 4 ? known + 1 : 0;
      index = (index * 4 + (code & 3)) % KMERS;
      if (known >= K && last[index] !== row) { last[index] = row; counts[index] += 1; }
    }
  }
  return counts;
}

// All of them, or as many of them as may be, evenly drawn.
function drawn(rows: number[], most = MOST_COUNTED): number[] {
  return rows.length <= most ? rows : Array.from({ length: most }, (_, i) => rows[Math.floor((i * rows.length) / most)]);
}

// K-mers that more windows of a selection hold than of all others, by two-proportion z, without what
// chance does; and whether windows were drawn for it.
export function enrichedKmers(atlas: Atlas, rows: ArrayLike<number>, most = 6): { kmers: Kmer[]; isDrawn: boolean } {
  const inside = new Uint8Array(atlas.count);
  for (let i = 0; i < rows.length; i++) inside[rows[i]] = 1;
  const sides: [number[], number[]] = [[], []];
  for (let row = 0; row < atlas.count; row++) sides[inside[row]].push(row);
  const isDrawn = sides.some((side) => side.length > MOST_COUNTED);
  const [others, size] = sides.map((side) => Math.min(side.length, MOST_COUNTED));
  if (size < LEAST_WINDOWS || !others) return { kmers: [], isDrawn };
  const [outside, selected] = sides.map((side) => kmerCounts(atlas, drawn(side)));
  return { kmers: compared(selected, outside, size, others, most), isDrawn };
}

function compared(selected: Float64Array, outside: Float64Array, size: number, others: number, most: number): Kmer[] {
  const candidates = Array.from({ length: KMERS }, (_, i) => {
    const share = selected[i] / size;
    const rest = outside[i] / others;
    const pooled = (share * size + rest * others) / (size + others);
    const z = (share - rest) / Math.sqrt(Math.max(pooled * (1 - pooled), 1e-12) * (1 / size + 1 / others));
    return { i, share, rest, z, ratio: share / Math.max(rest, 0.5 / others) };
  }).filter(({ z, ratio }) => z >= LEAST_Z && ratio >= LEAST_RATIO)
    .sort((a, b) => b.z - a.z || a.i - b.i);
  const factorials = logFactorials(size + others);
  const kmers: Kmer[] = [];
  for (const { i, share, rest } of candidates) {
    if (kmers.length === most) break;
    if (KMERS * chance(selected[i], selected[i] + outside[i], size, factorials) > MOST_CHANCE) continue;
    kmers.push({ kmer: Array.from({ length: K }, (_, k) => BASES[(i >> (2 * (K - 1 - k))) & 3]).join(""), share, rest });
  }
  return kmers;
}

function logFactorials(most: number): Float64Array {
  const logs = new Float64Array(most + 1);
  for (let i = 2; i <= most; i++) logs[i] = logs[i - 1] + Math.log(i);
  return logs;
}

// How probably at least count of size windows drawn at random hold a k-mer that holding of all do:
// the tail of the hypergeometric distribution.
function chance(count: number, holding: number, size: number, factorials: Float64Array): number {
  const total = factorials.length - 1;
  const ways = (of: number, drawn: number): number => factorials[of] - factorials[drawn] - factorials[of - drawn];
  let sum = 0;
  for (let held = count; held <= Math.min(holding, size); held++) {
    sum += Math.exp(ways(holding, held) + ways(total - holding, size - held) - ways(total, size));
  }
  return sum;
}

// Columns in which the rows differ most from the others; as `differences` of atlas/columns.py.
export function differences(atlas: Atlas, rows: ArrayLike<number>, most = 4): Difference[] {
  const size = rows.length;
  const others = atlas.count - size;
  if (!size || !others) return [];
  const inside = new Uint8Array(atlas.count);
  for (let i = 0; i < size; i++) inside[rows[i]] = 1;
  // At least as large as chance makes it at four standard errors.
  const least = Math.max(LEAST_EFFECT, 4 * Math.sqrt(1 / size + 1 / others));
  return atlas.columns.filter(({ about }) => !COORDINATES.includes(about.name))
    .map((column) => (column.about.numeric ? ofNumbers(column, inside) : ofNames(column, inside, size, others)))
    .filter((one): one is Difference => one !== null && one.effect >= least)
    .sort((a, b) => b.effect - a.effect).slice(0, most);
}

function ofNumbers({ about, values }: Values, inside: Uint8Array): Difference | null {
  let start = Infinity;
  let end = -Infinity;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < start) start = value;
    if (value > end) end = value;
  }
  const unit = end / 2 - start / 2;
  if (!(unit > 0)) return null;
  // From the least up and in units of the largest: nothing overflows, a narrow range keeps its digits.
  const sums = [0, 0];
  const counts = [0, 0];
  const scaled = (value: number): number => (value / 2 - start / 2) / unit;
  for (let row = 0; row < values.length; row++) {
    if (!Number.isFinite(values[row])) continue;
    sums[inside[row]] += scaled(values[row]);
    counts[inside[row]] += 1;
  }
  if (!counts[0] || !counts[1]) return null;
  const mean = (sums[0] + sums[1]) / (counts[0] + counts[1]);
  let squares = 0;
  for (const value of values) if (Number.isFinite(value)) squares += (scaled(value) - mean) ** 2;
  const [rest, own] = [sums[0] / counts[0], sums[1] / counts[1]];
  const effect = Math.abs(own - rest) / Math.sqrt(squares / (counts[0] + counts[1]));
  return { column: about.name, value: null, inside: start + 2 * unit * own, rest: start + 2 * unit * rest, effect };
}

function ofNames({ about, values, names }: Values, inside: Uint8Array, size: number, others: number): Difference | null {
  if (names.length < 2 || names.length > MOST_NAMES) return null;
  const counts = [new Float64Array(names.length), new Float64Array(names.length)];
  for (let row = 0; row < values.length; row++) counts[inside[row]][values[row]] += 1;
  const angle = (share: number): number => Math.asin(Math.sqrt(share));
  const effects = names.map((_, i) => 2 * (angle(counts[1][i] / size) - angle(counts[0][i] / others)));
  const effect = effects.reduce((a, b) => Math.max(a, b));
  const top = effects.indexOf(effect);
  return { column: about.name, value: names[top], inside: counts[1][top] / size, rest: counts[0][top] / others, effect };
}

// How often each value of a column occurs in a selection and outside it: the commonest in the
// selection first; many numbers as the ranges that the file names.
export function valueCounts(column: Values, rows: ArrayLike<number>): Value[] {
  const { codes, names, ranged } = grouped(column);
  const inside = new Float64Array(names.length);
  const all = new Float64Array(names.length);
  for (let row = 0; row < codes.length; row++) all[codes[row]] += 1;
  for (let i = 0; i < rows.length; i++) inside[codes[rows[i]]] += 1;
  const others = Math.max(codes.length - rows.length, 1);
  const values = names.map((name, i) => ({
    name, selected: inside[i], rest: all[i] - inside[i], share: inside[i] / Math.max(rows.length, 1),
    restShare: (all[i] - inside[i]) / others,
  })).filter(({ selected, rest }) => selected || rest);
  if (ranged) return values;
  return values.sort((a, b) => b.selected - a.selected || b.rest - a.rest).slice(0, MOST_VALUES);
}

function grouped(column: Values): { codes: Numbers; names: string[]; ranged: boolean } {
  const { ranges } = column.about;
  if (!ranges) return { ...factor(column), ranged: false };
  const { tops, names } = ranges;
  const codes = Uint8Array.from(column.values as ArrayLike<number>, (value) => {
    if (!Number.isFinite(value)) return names.length;
    let k = 0;
    while (k < tops.length - 1 && value > tops[k]) k++;
    return k;
  });
  return { codes, names: [...names, ""], ranged: true };
}
