// The cards beside the map: what a selection has in common, and one point.
import table from "../../../panels/common/table.js";
import { shownAt, type About, type Atlas, type Theme, type Values } from "./atlas";
import { nameOf } from "./coloring";
import { $, label, make, note, plain } from "./dom";
import { logoSvg, signed } from "./logo";
import { general, numberTexts, percent, thousands } from "./numbers";
import {
  baseCounts, differences, enrichedColumns, enrichedKmers, information, MOST_COUNTED, valueCounts, type Difference,
} from "./selection";

const BLOCK = 10;
const PER_LINE = 30;

// What the panels' own table asks of a widget's model.
class Model {
  private readonly listeners = new Map<string, (() => void)[]>();
  onSave: () => void = () => {};
  constructor(private readonly values: Record<string, any>) {}
  get(name: string): any { return this.values[name]; }
  set(name: string, value: any): void { this.change({ [name]: value }); }
  on(event: string, f: () => void): void { this.listeners.set(event, [...(this.listeners.get(event) ?? []), f]); }
  save_changes(): void { this.onSave(); }
  change(values: Record<string, any>): void {
    Object.assign(this.values, values);
    for (const name of Object.keys(values)) for (const f of this.listeners.get(`change:${name}`) ?? []) f();
  }
}

export class SelectionCard {
  rows: ArrayLike<number> = [];
  heights: number[][] | null = null;
  logo = "";
  private counts: Float64Array = new Float64Array(0);
  private all: Float64Array | null = null;
  private members: Model | null = null;
  private asked = 0;

  constructor(private readonly atlas: Atlas, private readonly choose: (row: number) => void) {}

  // Columns of the window that the logo shows, and the offset of the first from the site.
  private get shown(): { begin: number; end: number; first: number } {
    const { window } = this.atlas;
    const site = window >> 1;
    const reach = this.atlas.about.logoReach;
    const begin = Math.max(0, site - reach);
    return { begin, end: Math.min(window, site + reach + 1), first: begin - site };
  }

  async show(rows: ArrayLike<number>, color: Values, theme: Theme): Promise<void> {
    const asked = (this.asked += 1);
    const same = rows === this.rows;
    this.rows = rows;
    $("selection").hidden = !rows.length;
    const said = $("selection-said");
    if (!rows.length) {
      this.heights = null;
      said.textContent = "Draw a lasso or a box on the map, or search: what the selected points have in common appears here. With Shift held, a lasso adds to the selection.";
      return;
    }
    const share = rows.length / this.atlas.count;
    said.replaceChildren(make("b", "", thousands(rows.length)), ` of ${thousands(this.atlas.count)} windows (${percent(share, share >= 0.01 ? 1 : 2)})`);
    this.showCounts(color);
    await this.atlas.everything();
    if (asked !== this.asked) return;
    if (!same) this.showMembers();
    $("logo-part").hidden = !this.atlas.about.sequences;
    if (this.atlas.about.sequences) {
      await this.atlas.sequences();
      if (asked !== this.asked) return;
      this.showLogo(theme, !same || !this.heights);
    }
    if (!same) {
      await new Promise((done) => setTimeout(done, 30)); // the logo first
      if (asked !== this.asked) return;
      this.showWords();
    }
    $("card-selection").dataset.shown = String(rows.length);
  }

  // Heights of the letters in bits, by their distance from the site.
  logoTsv(): string {
    const lines = (this.heights?.[0] ?? []).map((_, at) =>
      [this.shown.first + at, ...this.heights!.map((base) => general(base[at], 6))].join("\t"));
    return `${["offset\tA\tC\tG\tT", ...lines].join("\n")}\n`;
  }

  private showLogo(theme: Theme, recount: boolean): void {
    const { begin, end, first } = this.shown;
    if (recount) {
      this.counts = baseCounts(this.atlas, this.rows);
      this.heights = information(this.counts, this.atlas.window, begin, end);
    }
    const title = `Sequence logo of the ${thousands(this.rows.length)} selected windows around the site`;
    this.logo = logoSvg(this.heights!, first, theme, this.atlas.about.glyphs, title);
    const drawing = new DOMParser().parseFromString(this.logo, "image/svg+xml").documentElement;
    drawing.style.minWidth = "480px";
    $("logo").replaceChildren(drawing);
  }

  private showWords(): void {
    const { about } = this.atlas;
    const words: string[] = [];
    const apart = differences(this.atlas, this.rows).map((one) => inWords(one, about.words));
    if (apart.length) words.push(`In this selection ${apart.join("; ")}.`);
    if (about.sequences) {
      this.all ??= baseCounts(this.atlas, null);
      const columns = enrichedColumns(this.counts, this.all, this.atlas.window).sort((a, b) => a.position - b.position);
      const named = columns.map(({ position, base, share, rest }) =>
        `${base} at ${position ? signed(position) : "the site"} (${percent(share, 0)} against ${percent(rest, 0)})`);
      if (named.length) words.push(`Bases that differ most from the rest, by their distance from the site: ${named.join(", ")}.`);
      const { kmers, isDrawn } = enrichedKmers(this.atlas, this.rows);
      const texts = kmers.map(({ kmer, share, rest }) => `${kmer} (in ${percent(share, 0)} of the windows against ${percent(rest, 0)})`);
      if (texts.length) words.push(`Enriched anywhere in the window: ${texts.join(", ")}.`);
      if (words.length && isDrawn) {
        words.push(`Shorter words were counted in up to ${thousands(MOST_COUNTED)} windows of the selection and of the rest, evenly drawn; all else in every window.`);
      }
      if (!words.length) words.push("Nothing sets it apart: its bases and columns are those of the rest.");
    } else words.push("This atlas holds no sequences, so there is no logo.");
    $("unites").replaceChildren(...words.map(note));
  }

  private showCounts(color: Values): void {
    const values = valueCounts(color, this.rows);
    const head = make("tr");
    const heads = [label(color.about.name), "selected", "of the selection", "of the rest"];
    head.append(...heads.map((text, i) => make("th", i ? "number" : "", text, { scope: "col" })));
    const body = values.map((value) => {
      const line = make("tr");
      const cells = [nameOf(value.name), thousands(value.selected), percent(value.share), percent(value.restShare)];
      line.append(...cells.map((text, i) => make("td", i ? "number" : "", text.slice(0, 60))));
      return line;
    });
    const top = make("thead");
    top.append(head);
    const rest = make("tbody");
    rest.append(...body);
    $("counts").replaceChildren(top, rest);
    const left = this.rows.length - values.reduce((sum, value) => sum + value.selected, 0);
    const { missing } = color.about;
    $("counts-note").textContent = [
      left && `${thousands(left)} of the selected windows have other values.`,
      missing && `${thousands(missing)} window${missing === 1 ? " of the atlas has" : "s of the atlas have"} no value: it is missing or infinite.`,
    ].filter(Boolean).join(" ");
  }

  private showMembers(): void {
    const { members, mostMembers } = this.atlas.about;
    const columns = members.map((name) => this.atlas.named(name)!);
    const part = Array.from({ length: Math.min(this.rows.length, mostMembers) }, (_, i) => this.rows[i]);
    const values = {
      columns: ["window", ...members.map((name) => label(name))],
      numeric: columns.map((column, i) => (column.about.numeric ? i + 1 : -1)).filter((i) => i > 0),
      rows: part.map((row) => [this.atlas.ids[row].slice(0, 60), ...columns.map((column) => shownAt(column, row).slice(0, 40))]),
      more: this.rows.length - part.length,
      selected: -1,
    };
    if (this.members) { this.members.change(values); return; }
    this.members = new Model({ ...values, label: "Selected windows", empty: "" });
    this.members.onSave = () => {
      const row = this.rows[this.members?.get("selected")];
      if (row !== undefined) this.choose(row);
    };
    table.render({ model: this.members, el: $("members") });
  }
}

// A difference as figures/composition.py words it.
function inWords({ column, value, inside, rest }: Difference, { said, values }: About["words"]): string {
  const name = column.replaceAll("_", " ");
  if (value === null) {
    const texts = numberTexts([inside, rest]);
    return `the mean ${name} is ${texts[0]} (${texts[1]} elsewhere)`;
  }
  const shares = (what: string): string => `${percent(inside, 0)} ${what} (${percent(rest, 0)} elsewhere)`;
  if (column === "label" && value) return shares(`are ${value}s`);
  const text = (Object.hasOwn(values, column) && Object.hasOwn(values[column], value) ? values[column][value] : value) || "(none)";
  const sentence = Object.hasOwn(said, column) ? said[column] : `have ${name} {value}`;
  return shares(sentence.replace("{value}", () => text));
}

// Lines about a point, for a tip beside it: its name, its columns, its bases around the site.
export async function tipOf(atlas: Atlas, row: number): Promise<HTMLElement[]> {
  await atlas.everything();
  const { members, offered } = atlas.about;
  const names = [...new Set([...members, ...offered])].slice(0, 8);
  const lines = [make("b", "", atlas.ids[row].slice(0, 80))];
  for (const name of names) {
    const text = shownAt(atlas.named(name)!, row);
    if (text) lines.push(make("div", "", `${label(name)}: ${text.slice(0, 60)}`));
  }
  if (atlas.about.sequences) {
    await atlas.sequences();
    const site = atlas.window >> 1;
    const text = atlas.aligned(row).slice(Math.max(0, site - 15), site + 16).replaceAll("-", "");
    lines.push(make("div", "dnaviz-mono", text));
  }
  return lines;
}

// The card of what was chosen last stands first, beside the map.
export function latest(id: string): void {
  for (const card of ["card-selection", "card-point"]) $(card).style.order = card === id ? "0" : "1";
}

// All that the atlas says of a point, into the card; the bases are lines of colored letters.
export async function showPoint(atlas: Atlas, row: number, theme: Theme): Promise<void> {
  await atlas.everything();
  const parts: HTMLElement[] = [make("h3", "", atlas.ids[row].slice(0, 2000))];
  const facts = make("div", "dnaviz-facts");
  for (const column of atlas.columns) {
    const text = shownAt(column, row);
    if (!text) continue;
    const fact = make("div");
    fact.append(make("span", "", label(column.about.name)), plain(text));
    facts.append(fact);
  }
  parts.push(facts);
  if (atlas.about.sequences) {
    await atlas.sequences();
    parts.push(make("h3", "", "Sequence"), basesOf(atlas, row, theme));
  } else {
    parts.push(note("This atlas holds no sequences."));
  }
  $("point").replaceChildren(...parts);
}

function basesOf(atlas: Atlas, row: number, theme: Theme): HTMLElement {
  const aligned = atlas.aligned(row);
  const bases = atlas.bases(row);
  const site = (atlas.window >> 1) - (aligned.length - aligned.replace(/^-+/, "").length);
  const box = make("div", "dnaviz-scroll", "", { tabindex: "0", role: "region", "aria-label": "Sequence" });
  for (let start = 0; start < bases.length; start += PER_LINE) {
    const line = make("div", "dnaviz-bases");
    line.append(make("span", "dnaviz-count", thousands(start + 1)));
    for (let at = start; at < Math.min(start + PER_LINE, bases.length); at++) {
      const letter = make("span", at === site ? "dnaviz-site" : "", bases[at]);
      if ((at - start) % BLOCK === BLOCK - 1) letter.classList.add("dnaviz-gap");
      letter.style.color = theme.bases[bases[at]] ?? theme.bases.N;
      line.append(letter);
    }
    box.append(line);
  }
  return box;
}
