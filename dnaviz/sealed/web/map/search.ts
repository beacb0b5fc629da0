// Find points by gene, place in the genome, id or motif: the rules and the sentences of
// atlas/search.py, which tests/browser/test_sealed_map.py compares.
import { factor, numberAt, type Atlas, type Values } from "./atlas";
import { thousands } from "./numbers";

export class InputError extends Error {}

const SHORTEST_MOTIF = 4;
const LONGEST = 200;
const NAMES = ["gene", "transcript"];
const PLACES = ["chrom", "start", "end"];
const IUPAC: Record<string, string> = {
  A: "A", C: "C", G: "G", T: "T", R: "AG", Y: "CT", S: "CG", W: "AT", K: "GT", M: "AC",
  B: "CGT", D: "AGT", H: "ACT", V: "ACG", N: "ACGT",
};

const folded = (text: string): string => text.toUpperCase().toLowerCase();
const words = (text: string): string => text.split(/\s+/u).filter(Boolean).join(" ");

export function quoted(text: string, length = 40): string {
  const shown = [...text].length <= length ? text : `${[...text].slice(0, length - 1).join("")}…`;
  return `"${shown.replace(/[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu, "\ufffd")}"`;
}

export async function search(atlas: Atlas, text: string): Promise<{ rows: number[]; words: string }> {
  const query = words(text);
  if (!query) throw new InputError("Type a gene, a place, an id or a motif to find.");
  if ([...query].length > LONGEST) throw new InputError(`A search has at most ${LONGEST} characters.`);
  await atlas.everything();
  for (const name of NAMES) {
    const column = atlas.named(name);
    if (!column) continue;
    const { codes, names } = factor(column);
    const alike = names.map((one) => folded(one) === folded(query));
    const rows = rowsWhere(atlas.count, (row) => alike[codes[row]]);
    if (rows.length) return { rows, words: `${counted(rows)} of ${name} ${query}.` };
  }
  const columns = PLACES.map((name) => atlas.named(name));
  const named = rowsWhere(atlas.count, (row) => atlas.ids[row] === query);
  if (named.length) return { rows: named, words: `${counted(named)} whose id is ${query}.` };
  if (columns.every(Boolean)) {
    const place = parsePlace(query) ?? oneBase(query);
    if (place) {
      const { rows, inside } = overlapping(columns as Values[], atlas.count, ...place);
      if (rows.length) return { rows, words: `${counted(rows)} at ${query}.` };
      throw new InputError(`No window of this atlas lies at ${quoted(query)}: ${inside}.`);
    }
  }
  const part = folded(query);
  const rows = rowsWhere(atlas.count, (row) => folded(atlas.ids[row]).includes(part));
  if (rows.length) return { rows, words: `${counted(rows)} whose id holds ${query}.` };
  const motif = query.toUpperCase().replaceAll("U", "T").replaceAll(" ", "");
  if (atlas.about.sequences && motif.length >= SHORTEST_MOTIF && isMotif(motif)) {
    await atlas.sequences();
    const rows = withMotif(atlas, motif);
    if (rows.length) return { rows, words: `${counted(rows)} with the motif ${motif}.` };
  }
  throw new InputError(`${quoted(query)} is not in this atlas: ${whyNot(atlas, query, motif)}.`);
}

function rowsWhere(count: number, holds: (row: number) => boolean): number[] {
  const rows: number[] = [];
  for (let row = 0; row < count; row++) if (holds(row)) rows.push(row);
  return rows;
}

const counted = (rows: number[]): string => `${thousands(rows.length)} window${rows.length === 1 ? "" : "s"}`;
const isMotif = (motif: string): boolean => [...motif].every((code) => code in IUPAC);

// Rows that hold a motif of IUPAC codes anywhere: a base is a bit and a code a set of bits.
export function withMotif(atlas: Atlas, motif: string): number[] {
  const bits = [1, 2, 4, 8, 16, 0];
  const masks = [...motif].map((code) => [...IUPAC[code]].reduce((sum, base) => sum + bits["ACGT".indexOf(base)], 0));
  const codes = new Uint8Array(atlas.window);
  const last = atlas.window - masks.length;
  return rowsWhere(atlas.count, (row) => {
    atlas.codes(row, codes);
    for (let at = 0; at <= last; at++) {
      let k = 0;
      while (k < masks.length && bits[codes[at + k]] & masks[k]) k++;
      if (k === masks.length) return true;
    }
    return false;
  });
}

// Places: as genome/places.py reads them ---------------------------------------------------------

const DASH = "(?:[-‐‑‒–—―−﹣－→]|\\.\\.\\.?)";
const THOUSANDS = [",", "\\.", " ", "'", "’"].map((mark) => `(?:${mark}[0-9]{3})+`).join("|");
const NUMBER = `(?:[0-9]{1,15}|[0-9]{1,3}(?:${THOUSANDS}))`;
const STRAND = "(?:[+]1?|[-−–‐‑—]1?|1)";
const WITH_MARKS = new RegExp(
  `^\\s*[:：]\\s*(${NUMBER})\\s*${DASH}\\s*(${NUMBER})(?:\\s*[:,]?\\s*\\(?(?:${STRAND})\\)?)?$`, "u");
const BETWEEN_BLANKS = new RegExp(
  `^\\s+([0-9][0-9,]*)(?:\\s+|\\s*${DASH}\\s*)([0-9][0-9,]*)(?:\\s+${STRAND})?$`, "u");
const ENSEMBL = /^[^:\s]+:[^:\s]+:(\S+):([0-9]+):([0-9]+):-?1$/u;
const ONE_BASE = /^(\S+)\s*[:：]\s*([0-9][0-9,]*)$/u;

type Place = [string, number, number];

const placed = (chrom: string, start: string, end: string): Place => {
  const [a, b] = [start, end].map((text) => Number(text.replace(/[^0-9]/g, "")));
  return [chrom, Math.min(a, b), Math.max(a, b)];
};

export function parsePlace(query: string): Place | null {
  const text = words(query.replace(/\p{Cf}/gu, ""));
  const ensembl = ENSEMBL.exec(text);
  if (ensembl) return placed(ensembl[1], ensembl[2], ensembl[3]);
  for (const mark of [...text.matchAll(/[:：\s]/gu)].reverse()) {
    const chrom = text.slice(0, mark.index).trimEnd();
    const rest = text.slice(mark.index);
    const match = WITH_MARKS.exec(rest) ?? BETWEEN_BLANKS.exec(rest);
    if (match && chrom) return placed(chrom, match[1], match[2]);
  }
  return null;
}

function oneBase(query: string): Place | null {
  const match = ONE_BASE.exec(query);
  return match && placed(match[1], match[2], match[2]);
}

function overlapping([chroms, starts, ends]: Values[], count: number, chrom: string, first: number, last: number) {
  const plain = (name: string): string => folded(name).replace(/^chr/, "");
  const { codes, names } = factor(chroms);
  const same = names.map((name) => plain(name) === plain(chrom));
  const rows: number[] = [];
  let least = Infinity;
  let most = -Infinity;
  for (let row = 0; row < count; row++) {
    if (!same[codes[row]]) continue;
    const start = numberAt(starts, row);
    const end = numberAt(ends, row);
    if (start < least) least = start;
    if (end > most) most = end;
    if (start <= last && end >= first) rows.push(row);
  }
  const inside = least <= most
    ? `its windows of ${chrom} lie around sites between ${thousands(least)} and ${thousands(most)}`
    : `its windows are of ${listed(names.filter(Boolean))}`;
  return { rows, inside };
}

// Why nothing was found ---------------------------------------------------------------------------

const listed = (names: string[]): string =>
  names.slice(0, 3).map((name) => name.slice(0, 40)).join(", ") + (names.length > 3 ? " …" : "");

function whyNot(atlas: Atlas, query: string, motif: string): string {
  if (motif.length > 0 && motif.length < SHORTEST_MOTIF && isMotif(motif)) {
    return `no gene or id has that name, and a motif has at least ${SHORTEST_MOTIF} bases`;
  }
  const parts: string[] = [];
  for (const name of NAMES) {
    const column = atlas.named(name);
    if (!column) continue;
    const names = factor(column).names.filter(Boolean);
    const alike = closeMatches(query.toUpperCase(), names, 3);
    if (alike.length) return `the ${name}s with similar names are ${listed(alike)}`;
    parts.push(`${thousands(names.length)} ${name}s`);
  }
  const chroms = atlas.named("chrom");
  if (chroms) parts.push(`windows of ${listed(factor(chroms).names.filter(Boolean))}`);
  const what = parts.length > 1 ? `${parts[0]} and ${parts[parts.length - 1]}` : parts[0];
  const searched = "no gene, place, id or motif of it reads so";
  return what ? `${searched}; it has ${what}` : searched;
}

// Python's difflib.get_close_matches.
export function closeMatches(word: string, names: string[], most: number): string[] {
  const places = new Map<string, number[]>();
  for (let j = 0; j < word.length; j++) places.set(word[j], [...(places.get(word[j]) ?? []), j]);
  const scored: [number, string][] = [];
  for (const name of names) {
    const total = name.length + word.length;
    if ((2 * Math.min(name.length, word.length)) / total < 0.6) continue;
    const score = (2 * matching(name, word, places)) / total;
    if (score >= 0.6) scored.push([score, name]);
  }
  scored.sort((a, b) => b[0] - a[0] || (a[1] < b[1] ? 1 : -1));
  return scored.slice(0, most).map(([, name]) => name);
}

function matching(a: string, b: string, places: Map<string, number[]>): number {
  const queue: [number, number, number, number][] = [[0, a.length, 0, b.length]];
  let sum = 0;
  for (let next = queue.pop(); next; next = queue.pop()) {
    const [aLow, aHigh, bLow, bHigh] = next;
    let [bestI, bestJ, size] = [aLow, bLow, 0];
    let before = new Map<number, number>();
    for (let i = aLow; i < aHigh; i++) {
      const here = new Map<number, number>();
      for (const j of places.get(a[i]) ?? []) {
        if (j < bLow || j >= bHigh) continue;
        const k = (before.get(j - 1) ?? 0) + 1;
        here.set(j, k);
        if (k > size) [bestI, bestJ, size] = [i - k + 1, j - k + 1, k];
      }
      before = here;
    }
    if (!size) continue;
    sum += size;
    queue.push([aLow, bestI, bLow, bestJ], [bestI + size, aHigh, bestJ + size, bHigh]);
  }
  return sum;
}
