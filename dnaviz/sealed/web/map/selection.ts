// What selected points have in common; as atlas/selection.py counts it.
import { factor, type Atlas, type Numbers, type Values } from "./atlas";

const PSEUDOCOUNT = 1;
const LEAST_G = 28; // chi-squared, 3 degrees of freedom: p = 4e-6 a column
const LEAST_BITS = 0.1;
const MOST_VALUES = 12;
const BASES = "ACGT";

export type Enriched = { position: number; base: string; share: number; rest: number };
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
