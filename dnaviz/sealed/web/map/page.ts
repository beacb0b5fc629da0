// The page: what is shown and why; a change of any of it goes through `Page`.
import { copy } from "../../../panels/common/clipboard.js";
import { Atlas, type Space, type Theme, type Values } from "./atlas";
import { latest, SelectionCard, showPoint, tipOf } from "./cards";
import { colorCodes, colorTable, nameOf, switchedOff } from "./coloring";
import { $, input, label, make, note, plain } from "./dom";
import { fasta, mapPng, mapSvg, save, tsv, type Printed } from "./files";
import { gradientOf, showLegend } from "./legend";
import { outside, readLimits, showLimits, type Limits } from "./limits";
import { numberTexts, thousands } from "./numbers";
import { FULL_SIZE } from "./raster";
import { InputError, quoted, search } from "./search";
import { DEFAULTS, pack, read, unpack, write, type State } from "./state";
import { MapView, type Tool } from "./view";

const MOST_VECTORS = 50_000; // points drawn one by one in an SVG; more are a picture in it
const FEW = 200; // selected points up to which they are drawn larger

class Page {
  private readonly view = new MapView($<HTMLCanvasElement>("map"), $<SVGElement>("over"));
  private readonly card: SelectionCard;
  private dark = matchMedia("(prefers-color-scheme: dark)").matches;
  private space: Space;
  private color!: Values;
  private hidden: Record<string, string[]> = {};
  private between: Record<string, Limits> = {};
  private rows: ArrayLike<number> = [];
  private focus = -1;
  private size = DEFAULTS.size;
  private opacity = DEFAULTS.opacity;
  private tipped = 0;
  private running = 0;

  constructor(private readonly atlas: Atlas) {
    this.space = atlas.about.spaces[0];
    this.card = new SelectionCard(atlas, (row) => this.run(this.pick(row, true)));
  }

  private get theme(): Theme { return this.atlas.about.themes[Number(this.dark)]; }

  // What the viewer asked for: a failure is told, and never left to the console alone.
  private run(work: Promise<unknown>): void {
    this.running += 1;
    $("main").setAttribute("aria-busy", "true");
    work.catch((error) => (error instanceof InputError ? this.tell(error.message, true) : broken(error))).finally(() => {
      this.running -= 1;
      $("main").setAttribute("aria-busy", String(this.running > 0));
    });
  }

  private tell(words: string, error = false): void {
    $("found").textContent = plain(words);
    $("found").hidden = !words;
    $("found").classList.toggle("dnaviz-error", error);
  }

  // What is shown -------------------------------------------------------------------------------

  async start(): Promise<void> {
    const { about } = this.atlas;
    const state = read();
    if (state === null) this.tell("The link's state cannot be read: copy the link again.", true);
    this.offer();
    this.listen();
    this.recolor();
    await this.restore(state ?? {});
    document.documentElement.dataset.ready = "yes";
    await this.atlas.everything(); // so that the first search and the first tip need not wait
    if (about.sequences) await this.atlas.sequences();
    document.documentElement.dataset.loaded = "yes";
  }

  private async restore(state: Partial<State>): Promise<void> {
    const { about } = this.atlas;
    this.size = state.size ?? DEFAULTS.size;
    this.opacity = state.opacity ?? DEFAULTS.opacity;
    input("size").value = String(this.size);
    input("opacity").value = String(this.opacity);
    this.space = about.spaces.find(({ key }) => key === state.space) ?? about.spaces[0];
    const known = (name: string): boolean => about.columns.some((column) => column.name === name);
    const named = [state.color, ...Object.keys(state.hidden ?? {}), ...Object.keys(state.between ?? {})];
    const strange = named.find((name) => name !== undefined && !known(name));
    if (strange !== undefined) this.tell(`The atlas has no column ${quoted(strange)}.`, true);
    else if (state.lacking?.length) this.tell(`This page does not show what else the link names: ${state.lacking.map((name) => label(name)).join(", ")}.`, true);
    const those = <T>(values: Record<string, T> = {}): Record<string, T> =>
      Object.fromEntries(Object.entries(values).filter(([name]) => known(name)));
    this.hidden = those(state.hidden);
    this.between = those(state.between);
    await this.showSpace();
    await this.showColor(state.color !== undefined && known(state.color) ? state.color : about.color);
    this.view.fit();
    const rows = await unpack(state.selection ?? "", this.atlas.count, about.mark);
    if (rows === null) this.tell("The selection in this link does not belong to this atlas.", true);
    await this.select(rows ?? []);
    this.focus = this.view.focus = -1;
    await this.restoreFocus(state.focus ?? "");
  }

  private async restoreFocus(name: string): Promise<void> {
    if (!name) return;
    await this.atlas.everything();
    const row = this.atlas.ids.indexOf(name);
    if (row < 0) this.tell(`The atlas has no window ${quoted(name)}.`, true);
    else await this.pick(row);
  }

  private async showSpace(): Promise<void> {
    const { key, frame, trust } = this.space;
    const steps = await this.atlas.points(key);
    const scene = this.view.scene ?? { codes: new Uint8Array(0), colors: new Float32Array(0), hidden: null, selected: null };
    this.view.scene = { ...scene, steps, frame, size: this.size, opacity: this.opacity };
    for (const button of $("spaces").querySelectorAll("button")) mark(button, button.dataset.space === key);
    $("notes").replaceChildren(...[trust, ...this.atlas.about.notes].filter(Boolean).map(note));
  }

  private async showColor(name: string): Promise<void> {
    this.color = await this.atlas.column(name);
    $<HTMLSelectElement>("color").value = name;
    Object.assign(this.view.scene!, { codes: colorCodes(this.color), colors: colorTable(this.color, this.dark) });
    await this.showHidden();
    if (this.rows.length) await this.card.show(this.rows, this.color, this.theme);
  }

  private async showHidden(): Promise<void> {
    const filtered = [...Object.keys(this.hidden), ...Object.keys(this.between)];
    const hidden = filtered.length ? new Uint8Array(this.atlas.count) : null;
    const words: string[] = [];
    for (const [name, off] of Object.entries(this.hidden)) {
      const column = await this.atlas.column(name);
      if (hidden && !column.about.numeric) switchedOff(column, off, hidden);
      words.push(`${label(name)} without ${off.slice(0, 4).map((one) => label(one)).join(", ")}${off.length > 4 ? " …" : ""}`);
    }
    for (const [name, limits] of Object.entries(this.between)) {
      const column = await this.atlas.column(name);
      if (hidden && column.about.numeric) outside(column, limits, hidden);
      words.push(`${label(name)} ${numberTexts(limits).join(" to ")}`);
    }
    this.view.scene!.hidden = hidden;
    const shown = hidden ? hidden.reduce((sum, off) => sum - off, this.atlas.count) : this.atlas.count;
    $("filters").hidden = !words.length;
    $("filters-said").textContent = `${thousands(shown)} of ${thousands(this.atlas.count)} windows shown: ${words.join("; ")}`;
    showLimits(this.color, this.between[this.color.about.name]);
    const at = [...$("legend").children].indexOf(document.activeElement as Element);
    showLegend(this.color, this.dark, this.hidden[this.color.about.name] ?? [], {
      hide: (names) => this.run(this.hide(names)),
      select: (category) => this.run(this.selectCategory(category)),
    });
    if (at >= 0) ($("legend").children[at] as HTMLElement | undefined)?.focus();
    this.changed();
  }

  private changed(): void {
    this.describe();
    this.view.redraw();
  }

  private describe(): void {
    const selected = this.rows.length ? `, ${thousands(this.rows.length)} selected` : "";
    $("map").setAttribute("aria-label", `Map of ${thousands(this.atlas.count)} points colored by ${label(this.color.about.name)}${selected}`);
  }

  private recolor(): void {
    document.documentElement.dataset.dnavizTheme = this.dark ? "dark" : "light";
    $("theme").textContent = this.dark ? "Light" : "Dark";
    $("theme").setAttribute("aria-label", this.dark ? "Switch to light colors" : "Switch to dark colors");
  }

  // What the viewer does --------------------------------------------------------------------------

  private async hide(names: string[]): Promise<void> {
    const { [this.color.about.name]: _, ...rest } = this.hidden;
    this.hidden = names.length ? { ...rest, [this.color.about.name]: names } : rest;
    await this.showHidden();
    await this.keep();
  }

  private async limit(): Promise<void> {
    const { [this.color.about.name]: _, ...rest } = this.between;
    const limits = readLimits(this.color);
    this.between = limits ? { ...rest, [this.color.about.name]: limits } : rest;
    await this.showHidden();
    await this.keep();
  }

  private async select(rows: ArrayLike<number>, words = ""): Promise<void> {
    this.rows = rows;
    const scene = this.view.scene!;
    scene.selected = null;
    if (rows.length) {
      scene.selected = new Uint8Array(this.atlas.count);
      for (let i = 0; i < rows.length; i++) scene.selected[rows[i]] = 1;
    }
    scene.size = this.size + (rows.length && rows.length <= FEW ? 4 : 0);
    $("status").textContent = words || (rows.length ? `${thousands(rows.length)} of ${thousands(this.atlas.count)} windows are selected.` : "");
    this.changed();
    latest("card-selection");
    await this.card.show(rows, this.color, this.theme);
  }

  private async lasso(rows: number[], add: boolean): Promise<void> {
    this.tell("");
    const all = add ? Uint32Array.from(new Set([...Array.from(this.rows), ...rows])).sort() : rows;
    await this.select(all);
    await this.keep();
  }

  private async selectCategory(category: number): Promise<void> {
    const { values, category: of, about } = this.color;
    const rows: number[] = [];
    for (let row = 0; row < values.length; row++) if (of[values[row]] === category) rows.push(row);
    this.tell(`${thousands(rows.length)} windows of ${label(about.name)} ${label(nameOf(about.categories[category][0]))}.`);
    await this.select(rows);
    await this.keep();
  }

  private async find(text: string): Promise<void> {
    this.tell("Searching …");
    await new Promise((done) => setTimeout(done, 20)); // so that it is seen: a motif in a million takes seconds
    const { rows, words } = await search(this.atlas, text);
    this.tell(words);
    await this.select(rows, words);
    await this.keep();
  }

  private async pick(row: number, reveal = false): Promise<void> {
    this.focus = this.view.focus = row;
    if (reveal) this.view.reveal(row);
    this.view.redraw();
    latest("card-point");
    await showPoint(this.atlas, row, this.theme);
    $("status").textContent = `Chosen: ${this.atlas.ids[row].slice(0, 80)}.`;
    await this.keep();
  }

  private async tip(row: number, [x, y]: [number, number]): Promise<void> {
    const asked = (this.tipped += 1);
    const tip = $("tip");
    tip.hidden = true;
    if (row < 0) return;
    const lines = await tipOf(this.atlas, row);
    if (asked !== this.tipped) return;
    tip.replaceChildren(...lines);
    tip.hidden = false;
    const frame = $("frame");
    tip.style.left = `${Math.max(Math.min(x + 12, frame.clientWidth - tip.offsetWidth), 0)}px`;
    tip.style.top = `${Math.max(Math.min(y + 12, frame.clientHeight - tip.offsetHeight), 0)}px`;
  }

  // The address says what is on screen; false where it cannot hold the selection.
  private async keep(): Promise<boolean> {
    const { about } = this.atlas;
    const state: Partial<State> = {};
    if (this.space !== about.spaces[0]) state.space = this.space.key;
    if (this.color.about.name !== about.color) state.color = this.color.about.name;
    if (this.size !== DEFAULTS.size) state.size = this.size;
    if (this.opacity !== DEFAULTS.opacity) state.opacity = this.opacity;
    if (Object.keys(this.hidden).length) state.hidden = this.hidden;
    if (Object.keys(this.between).length) state.between = this.between;
    if (this.rows.length) state.selection = (await pack(this.rows, this.atlas.count, about.mark)) || undefined;
    if (this.focus >= 0) state.focus = this.atlas.ids[this.focus];
    write(state);
    return !this.rows.length || state.selection !== undefined;
  }

  // Controls --------------------------------------------------------------------------------------

  private offer(): void {
    const { about } = this.atlas;
    const offered = about.offered.includes(about.color) ? about.offered : [...about.offered, about.color];
    $("color").replaceChildren(...offered.map((name) => new Option(label(name), name)));
    const has = (...names: string[]): boolean => names.every((name) => about.columns.some((column) => column.name === name));
    const kinds = [
      has("gene") && "gene", has("chrom", "start", "end") && "place (chr19:11,089,000-11,094,000)", "id", about.sequences && "motif",
    ].filter(Boolean) as string[];
    const article = kinds[0] === "id" ? "an" : "a";
    input("search").placeholder = `Find ${article} ${kinds.slice(0, -1).join(", ")}${kinds.length > 1 ? " or " : ""}${kinds[kinds.length - 1]}`;
    for (const id of ["keep-fasta", "keep-logo", "keep-bits"]) $(id).hidden = !about.sequences;
    $("spaces").hidden = about.spaces.length < 2;
    $("spaces").replaceChildren(...about.spaces.map(({ key, label: text }) => {
      const button = make("button", "jupyter-button", text, { type: "button", "data-space": key });
      button.addEventListener("click", () => this.run(this.changeSpace(key)));
      return button;
    }));
  }

  private async changeSpace(key: string): Promise<void> {
    this.space = this.atlas.about.spaces.find((space) => space.key === key)!;
    await this.showSpace();
    this.view.fit();
    await this.keep();
  }

  private listen(): void {
    const on = (id: string, kind: string, act: () => Promise<unknown> | void): void => {
      $(id).addEventListener(kind, () => this.run((async () => act())()));
    };
    this.view.onSelect = (rows, add) => this.run(this.lasso(rows, add));
    this.view.onPick = (row) => this.run(this.pick(row));
    this.view.onHover = (row, at) => void this.tip(row, at).catch(broken);
    this.view.onClear = () => this.run(this.lasso([], false));
    on("color", "change", async () => { await this.showColor($<HTMLSelectElement>("color").value); await this.keep(); });
    $("find").addEventListener("submit", (event) => { event.preventDefault(); this.run(this.find(input("search").value)); });
    on("show-all", "click", async () => { this.hidden = {}; this.between = {}; await this.showHidden(); await this.keep(); });
    for (const button of document.querySelectorAll<HTMLElement>("[data-tool]:not(canvas)")) {
      button.addEventListener("click", () => {
        this.view.tool = $("map").dataset.tool = button.dataset.tool as Tool;
        for (const one of document.querySelectorAll<HTMLElement>("[data-tool]:not(canvas)")) mark(one, one === button);
      });
    }
    for (const id of ["low", "high"]) on(id, "change", () => this.limit());
    on("in", "click", () => this.view.zoom(1.5));
    on("out", "click", () => this.view.zoom(1 / 1.5));
    on("home", "click", () => this.view.fit());
    for (const name of ["size", "opacity"] as const) {
      on(name, "input", () => { this[name] = Number(input(name).value); return this.restyle(); });
      on(name, "change", () => this.keep());
    }
    on("clear", "click", () => this.lasso([], false));
    on("keep-tsv", "click", () => save("selection.tsv", tsv(this.atlas, this.rows)));
    on("keep-fasta", "click", () => save("selection.fa", fasta(this.atlas, this.rows)));
    on("keep-logo", "click", () => save("selection.svg", [this.card.logo], "image/svg+xml"));
    on("keep-bits", "click", () => save("logo.tsv", [this.card.logoTsv()]));
    on("map-svg", "click", () => save("map.svg", [mapSvg(this.printed())], "image/svg+xml"));
    on("map-png", "click", async () => save("map.png", [await mapPng(this.printed())], "image/png"));
    on("theme", "click", async () => {
      this.dark = !this.dark;
      this.recolor();
      await this.showColor(this.color.about.name);
      if (this.focus >= 0) await showPoint(this.atlas, this.focus, this.theme);
    });
    on("link", "click", async () => {
      if (!(await this.keep())) throw new InputError("Too long for a link: select fewer, or save the selection as a file.");
      this.tell(await copy(location.href)
        ? "The link is copied: what is on screen stands behind the # of the address, and opens with this file."
        : "Copy the address of this page: what is on screen stands behind its #.");
    });
    addEventListener("hashchange", () => this.run(this.restore(read() ?? {})));
  }

  private async restyle(): Promise<void> {
    const few = this.rows.length > 0 && this.rows.length <= FEW;
    Object.assign(this.view.scene!, { size: this.size + (few ? 4 : 0), opacity: this.opacity });
    this.view.redraw(true);
  }

  private printed(): Printed {
    const { view, atlas, color, dark } = this;
    const { about } = color;
    const scene = view.scene!;
    const points: Printed["points"] = [];
    const colors = Array.from({ length: 256 }, (_, i) =>
      `#${[0, 1, 2].map((k) => Math.round(scene.colors[3 * i + k]).toString(16).padStart(2, "0")).join("")}`);
    const isShown = (row: number): boolean => !scene.hidden?.[row];
    for (let row = 0; row < atlas.count && points.length <= MOST_VECTORS; row++) {
      if (!isShown(row)) continue;
      const [x, y] = view.spotOf(row);
      if (x > 0 && y > 0 && x < view.width && y < view.height && (!scene.selected || scene.selected[row])) {
        points.push({ x, y, color: colors[scene.codes[row]] });
      }
    }
    return {
      width: view.width, height: view.height, picture: view.snapshot(), theme: this.theme,
      points: points.length > MOST_VECTORS || scene.selected ? null : points,
      radius: (scene.size / 2) * Math.min(1, Math.sqrt(FULL_SIZE / Math.max(points.length, 1))), opacity: scene.opacity,
      title: label(about.name),
      entries: about.numeric ? [] : about.categories.map(([name, count], i) => ({
        text: `${label(nameOf(name))} (${thousands(count)})`, color: about.colors[Number(dark)][i],
      })),
      bar: about.numeric ? { stops: gradientOf(color, dark), ticks: about.ticks } : null,
    };
  }
}

function mark(button: HTMLElement, on: boolean): void {
  button.classList.toggle("mod-active", on);
  button.setAttribute("aria-pressed", String(on));
}

function broken(error: unknown): void {
  const words = typeof error === "string" ? error : `Something went wrong in this page (${String(error).slice(0, 200)}); load it again.`;
  $("broken").textContent = words;
  $("broken").hidden = false;
}

// True unless something of the page asks the network, which its rules forbid.
function countRequests(): void {
  const count = (): void => {
    const sent = performance.getEntriesByType("resource").filter((entry) => !/^(blob|data):/.test(entry.name)).length;
    $("requests").textContent = `${sent} network request${sent === 1 ? "" : "s"}`;
  };
  new PerformanceObserver(count).observe({ type: "resource", buffered: true });
}

async function main(): Promise<void> {
  if (typeof DecompressionStream !== "function") {
    broken("This browser is too old for this page: it has no DecompressionStream. Chrome 80, Firefox 113 and Safari 16.4 have it, and all later ones.");
    return;
  }
  countRequests();
  await new Page(await Atlas.open()).start();
}

main().catch(broken);
