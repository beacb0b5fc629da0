// The page: it shows what the worker answers, and sends what the viewer asks.
import { copy } from "../../../panels/common/clipboard.js";
import plot from "../../../panels/common/plot.js";
import table from "../../../panels/common/table.js";
import { inflated } from "./payload";

type Answer = Record<string, any>;

const $ = <T extends HTMLElement = HTMLElement>(id: string): T => document.getElementById(id) as T;
const input = (id: string): HTMLInputElement => $<HTMLInputElement>(id);
const button = (id: string): HTMLButtonElement => $<HTMLButtonElement>(id);

// What the panels' own drawing and table ask of a widget's model.
class Model {
  private readonly listeners = new Map<string, ((...values: any[]) => void)[]>();
  onMessage: (message: any) => void = () => {};
  onSave: () => void = () => {};
  constructor(private readonly values: Answer) {}
  get(name: string): any { return this.values[name]; }
  set(name: string, value: any): void { this.change({ [name]: value }); }
  on(event: string, f: (...values: any[]) => void): void {
    this.listeners.set(event, [...(this.listeners.get(event) ?? []), f]);
  }
  off(): void {}
  send(message: any): void { this.onMessage(message); }
  save_changes(): void { this.onSave(); }
  // What stays as it is is not drawn anew: a row that is chosen keeps the focus.
  change(values: Answer): void {
    const names = Object.keys(values).filter((name) => JSON.stringify(values[name]) !== JSON.stringify(this.values[name]));
    Object.assign(this.values, values);
    for (const name of names) for (const f of this.listeners.get(`change:${name}`) ?? []) f();
  }
}

const LONGEST_LINK = 60_000; // characters of what it holds
const CARDS = ["variant", "mrna", "sites", "why", "mutations"];
let worker: Worker | null = null;
let ready = false;
let asked = 0;
let last = 0; // request that sends another sequence
let linked = true; // whether the address holds what is on screen
let sent = ""; // text of the box that is being read
let read = ""; // and the last that was
let typed = ""; // edits that were asked for last
let next: (() => void) | null = null; // waits for it
let quiet = false;
let dark = matchMedia("(prefers-color-scheme: dark)").matches;
const waiting: { id: number; request: Answer }[] = [];
const figures = new Map<string, Model>();
const tables = new Map<string, Model>();

function payload(name: string): string { return $(`payload-${name}`).textContent ?? ""; }

const inflate = (name: string): Promise<string> => inflated(payload(name)).text();

const blobAddress = (text: string): string => URL.createObjectURL(new Blob([text], { type: "text/javascript" }));

// (module (func (result v128) i32.const 0 i8x16.splat i8x16.popcnt))
const VECTORS = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
]);

function missing(): string {
  if (typeof WebAssembly !== "object" || !WebAssembly.validate(VECTORS)) return "WebAssembly with vectors (SIMD)";
  if (typeof DecompressionStream !== "function") return "DecompressionStream";
  return "";
}

function broken(sentence: string): void {
  $("broken").textContent = sentence;
  $("broken").hidden = false;
  busy(false);
}

// Requests --------------------------------------------------------------------------------------

function ask(request: Answer): number {
  const id = (asked += 1);
  hideErrors();
  $("said").textContent = "";
  waiting.push({ id, request });
  busy(true);
  if (ready) worker?.postMessage({ id, request });
  return id;
}

// Another sequence: what was asked of the one before is of no use.
function replace(request: Answer): void {
  $("error-open").hidden = button("gaps").hidden = true;
  $("unread").hidden = true;
  typed = "";
  sent = $<HTMLTextAreaElement>("text").value;
  next = null;
  worker?.postMessage({ stop: true });
  if (!ready) waiting.length = 0;
  last = ask(request);
}

function unread(): boolean {
  const text = $<HTMLTextAreaElement>("text").value;
  return text.trim() !== "" && text !== read;
}

// What is asked of the page while a text waits in the box is answered of the sequence before.
function tellUnread(): void {
  $("unread").hidden = !unread() || $("card-sites").hidden;
}

// What counts in the sequence of the box: a text that was not read yet is read first.
function afterBox(act: () => void): void {
  if (!unread()) { act(); return; }
  button("run").click();
  next = act;
}

function receive({ data }: MessageEvent): void {
  if (data.ready) {
    ready = true;
    document.documentElement.dataset.ready = "yes";
    busy(waiting.length > 0);
    for (const job of waiting) worker?.postMessage(job);
    void loadLibrary(); // not before: Python has the processor to itself while it starts
    return;
  }
  if (data.failed) {
    broken(`Something went wrong in this page (${String(data.failed).trim().split("\n").pop()?.slice(0, 200)}); load it again.`);
  }
  if (data.answer && data.id >= last) {
    show(JSON.parse(data.answer));
    document.dispatchEvent(new CustomEvent("dnaviz-answer", { detail: data.answer }));
  }
  if (data.done) {
    const at = waiting.findIndex((job) => job.id === data.id);
    if (at >= 0) waiting.splice(at, 1);
    if (data.stopped) {
      // Of the same sequence only the explanation takes long: it may be of another site.
      for (const card of data.id === last ? CARDS : ["why", "mutations"]) $(`card-${card}`).hidden = true;
      $("status").textContent = "Cancelled.";
      if (data.id === asked) retype();
    }
    if (data.id === last && next) {
      const act = next;
      next = null;
      if (!data.stopped) act();
    }
    if (!waiting.length) busy(false);
    tellUnread();
    document.documentElement.dataset.answered = String(data.id);
  }
}

function busy(on: boolean): void {
  $("progress").hidden = $("cancel").hidden = !on;
  $("main").setAttribute("aria-busy", String(on));
  if (on && !ready) $<HTMLProgressElement>("progress").removeAttribute("value");
  for (const card of CARDS) $(`card-${card}`).classList.toggle("stale", on);
}

function hideErrors(): void {
  for (const name of ["edits", "primers", "choose"]) $(`error-${name}`).hidden = true;
  if (!unread()) $("error-open").hidden = button("gaps").hidden = true;
}

// Answers ---------------------------------------------------------------------------------------

const SHOWS: Record<string, (value: any) => void> = {
  progress(value) { $<HTMLProgressElement>("progress").value = value; },
  records(names: string[]) {
    const menu = $<HTMLSelectElement>("records");
    menu.replaceChildren(...names.map((name, i) => new Option(name, String(i))));
    menu.hidden = names.length < 2;
    read = sent;
  },
  box(value: string) {
    $<HTMLTextAreaElement>("text").value = value;
    sent = $<HTMLTextAreaElement>("text").value;
  },
  text(value: string) {
    $<HTMLTextAreaElement>("text").value = value;
    read = $<HTMLTextAreaElement>("text").value; // its lines may end otherwise
    $("records").hidden = true;
  },
  note(value: string) { $("note").textContent = value; $("note").hidden = !value; },
  doubt(value: string) { $("doubt").textContent = value; $("doubt").hidden = !value; },
  status(value: string) { $("status").textContent = value; },
  state(value) {
    const text = JSON.stringify(value);
    linked = text.length <= LONGEST_LINK;
    const fragment = text === "{}" || !linked ? "" : `#state=${encodeURIComponent(text)}`;
    history.replaceState(null, "", location.pathname + location.search + fragment);
  },
  sites(part) {
    reveal("sites");
    if (waiting.length < 2) { // else it is being moved on
      input("threshold").value = String(part.threshold);
      $("threshold-said").textContent = part.threshold.toFixed(2);
    }
    $<HTMLSelectElement>("strand").value = part.strand;
    $("summary").innerHTML = part.summary;
    button("lower").hidden = !part.lower;
    fill("table", part, "Predicted splice sites", "No position reaches the threshold: lower it to see weaker sites.", "sites");
    draw("track", part.figure, "Probability of donors and acceptors along the sequence");
  },
  variant(part) {
    reveal("variant");
    typed = "";
    $("edits").innerHTML = part.html;
    $("names").innerHTML = part.names;
    $("counted").textContent = part.counted;
    button("reset").disabled = !part.edits;
    button("undo").disabled = !part.undo;
    const menu = $<HTMLSelectElement>("transcript");
    menu.replaceChildren(...part.transcripts.map((name: string) => new Option(name, name)));
    menu.value = part.transcript;
    menu.hidden = part.transcripts.length < 2;
    $("coding-label").hidden = part.coding === null;
    put("coding", part.coding ?? "");
  },
  mrna(part) {
    $("card-mrna").hidden = !part;
    if (!part) return;
    $("products").innerHTML = part.html;
    $("paragraph").textContent = part.paragraph;
    for (const [kind, is] of [["mRNA.fa", part.mrna], ["protein.fa", part.protein], ["bands.tsv", part.gel]]) {
      (document.querySelector(`[data-file="${kind}"]`) as HTMLButtonElement).disabled = !is;
    }
    $("gel-side").hidden = button("keep-gel").disabled = !part.gel;
    put("forward", part.forward);
    put("reverse", part.reverse);
    $("bands").innerHTML = part.bands;
    if (part.gel) draw("gel", part.gel, "Predicted gel: bands of reference and edited");
  },
  why(part) {
    $("card-why").hidden = !part;
    if (!part) return;
    $("h-why").textContent = part.heading;
    $("verdict").textContent = part.verdict;
    $("verdict").classList.toggle("dnaviz-error", part.failed);
    $("signals").innerHTML = part.signals;
    $<HTMLSelectElement>("method").value = part.method;
    $<HTMLSelectElement>("baseline").value = part.baseline;
    draw("why", part.figure, "Contribution of each base to the site");
  },
  mutations(part) {
    $("card-mutations").hidden = !part;
    if (!part) return;
    $("about").innerHTML = part.about;
    $("deltas").hidden = $("about").hidden = !part.edited;
    button("keep-deltas").disabled = !part.edited;
    fill("deltas", { ...part, selected: -1 }, "What the edits change, largest first; choose one to go to its site", "Nothing changes.", "events");
    $("mutations-note").innerHTML = part.note;
    $("mutations").hidden = !part.figure;
    if (part.figure) draw("mutations", part.figure, "Change of probability by each mutation");
  },
  file({ name, text }) { save(name, new Blob([text], { type: "text/plain" })); },
};

function show(answer: Answer): void {
  if (answer.error) {
    const places: Record<string, string> = { edits: "edits", cell: "edits", count: "edits", primers: "primers", choose: "choose", method: "choose" };
    const at = $(`error-${places[answer.of] ?? "open"}`);
    at.textContent = answer.error;
    at.hidden = false;
    button("gaps").hidden = !(answer.of === "open" && /without gaps/.test(answer.error));
    if (answer.of === "edits") retype();
    if (answer.of === "open") next = null;
    return;
  }
  for (const [name, value] of Object.entries(answer)) SHOWS[name]?.(value);
}

// What was not made stays in the field.
function retype(): void {
  if (!input("edit").value) input("edit").value = typed;
  typed = "";
}

// A value of Python's into a field, unless somebody writes there.
function put(id: string, value: string): void {
  const field = input(id);
  if (field === document.activeElement && field.value !== field.dataset.value) return;
  field.value = field.dataset.value = value;
}

function reveal(card: string): void { $(`card-${card}`).hidden = false; }

function save(name: string, blob: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

function fill(id: string, part: Answer, label: string, empty: string, of: string): void {
  const values = { columns: part.columns, numeric: part.numeric, rows: part.rows, selected: part.selected, label, empty, more: part.more ?? 0 };
  const known = tables.get(id);
  if (known) { quiet = true; known.change(values); quiet = false; return; }
  const model = new Model(values);
  model.onSave = () => { if (!quiet) ask({ do: "choose", of, number: model.get("selected") }); };
  tables.set(id, model);
  table.render({ model, el: $(id) });
}

let library: Promise<void> | null = null;

// The drawing library, once the page has said what it is.
function loadLibrary(): Promise<void> {
  return library ??= inflate("plotly.js").then((text) => new Promise((done, fail) => {
    const script = document.createElement("script");
    script.src = blobAddress(text);
    script.addEventListener("load", () => done());
    script.addEventListener("error", fail);
    document.head.append(script);
  }));
}

async function draw(id: string, figure: string, label: string): Promise<void> {
  const known = figures.get(id);
  if (known) { known.change({ figure }); return; }
  const model = new Model({ figure, patch: {}, group: id === "track" || id === "gel" ? "" : "site", label });
  figures.set(id, model);
  model.onMessage = (message) => {
    if (id === "track" && typeof message.point === "number") ask({ do: "choose", of: "track", trace: message.trace, number: message.point });
    if (id === "mutations" && message.trace === 0 && Array.isArray(message.point)) {
      ask({ do: "cell", row: message.point[0], column: message.point[1] });
    }
  };
  await loadLibrary();
  plot.render({ model, el: $(id) });
}

// What the viewer does --------------------------------------------------------------------------

function open(file: File): void {
  if (file.size > 5_000_000) {
    show({ error: `The file has ${file.size.toLocaleString("en")} bytes; at most 5,000,000 can be read.`, of: "open" });
    return;
  }
  const reader = new FileReader(); // Python tells what is no text
  reader.addEventListener("load", () => replace({ do: "open", name: file.name, data: String(reader.result).split(",")[1] ?? "" }));
  reader.addEventListener("error", () => show({ error: `${file.name} cannot be read: choose a file, not a folder.`, of: "open" }));
  reader.readAsDataURL(file);
}

function recolor(): void {
  document.documentElement.dataset.dnavizTheme = dark ? "dark" : "light";
  button("theme").textContent = dark ? "Light" : "Dark";
  button("theme").setAttribute("aria-label", dark ? "Switch to light colors" : "Switch to dark colors");
}

function listen(): void {
  const text = $<HTMLTextAreaElement>("text");
  button("run").addEventListener("click", () => replace({ do: "open", text: text.value }));
  text.addEventListener("input", tellUnread);
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) button("run").click();
  });
  button("gaps").addEventListener("click", () => replace({ do: "open", text: text.value, gaps: true }));
  button("cancel").addEventListener("click", () => { worker?.postMessage({ stop: true }); if (!ready) { waiting.length = 0; busy(false); } });
  input("file").addEventListener("change", () => { const file = input("file").files?.[0]; if (file) open(file); input("file").value = ""; });
  const holdsFile = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") ?? false;
  addEventListener("dragover", (event) => { if (holdsFile(event)) { event.preventDefault(); text.classList.add("dropping"); } });
  addEventListener("dragleave", () => text.classList.remove("dropping"));
  addEventListener("drop", (event) => {
    if (!holdsFile(event)) return; // a text goes where it is dropped
    event.preventDefault();
    text.classList.remove("dropping");
    const files = event.dataTransfer?.files ?? [];
    if (files.length === 1) open(files[0]);
    else show({ error: `${files.length} files were dropped: drop one.`, of: "open" });
  });
  $("records").addEventListener("change", () => { replace({ do: "pick", number: Number($<HTMLSelectElement>("records").value) }); });
  document.getElementById("gallery")?.addEventListener("change", () => {
    const menu = $<HTMLSelectElement>("gallery");
    if (menu.value) replace({ do: "example", name: menu.value });
    menu.value = "";
  });
  const add = (): void => {
    typed = input("edit").value;
    input("edit").value = "";
    ask({ do: "edits", text: typed, add: true });
  };
  const apply = (): void => { if (input("edit").value.trim()) afterBox(add); };
  button("apply").addEventListener("click", apply);
  input("edit").addEventListener("keydown", (event) => { if (event.key === "Enter") apply(); });
  button("undo").addEventListener("click", () => ask({ do: "undo" }));
  button("reset").addEventListener("click", () => ask({ do: "edits", text: "" }));
  $("transcript").addEventListener("change", () => ask({ do: "count", transcript: $<HTMLSelectElement>("transcript").value }));
  input("coding").addEventListener("change", () => ask({ do: "count", coding_start: input("coding").value }));
  const primers = (): void => { ask({ do: "primers", forward: input("forward").value, reverse: input("reverse").value }); };
  for (const name of ["forward", "reverse"]) input(name).addEventListener("change", () => afterBox(primers));
  const view = (): void => {
    ask({ do: "view", state: { threshold: Number(input("threshold").value), strand: $<HTMLSelectElement>("strand").value } });
  };
  input("threshold").addEventListener("input", () => { $("threshold-said").textContent = Number(input("threshold").value).toFixed(2); });
  input("threshold").addEventListener("change", view);
  $("strand").addEventListener("change", view);
  button("lower").addEventListener("click", () => ask({ do: "view", lower: true }));
  const method = (): void => {
    ask({ do: "method", state: { method: $<HTMLSelectElement>("method").value, baseline: $<HTMLSelectElement>("baseline").value } });
  };
  $("method").addEventListener("change", method);
  $("baseline").addEventListener("change", method);
  for (const one of document.querySelectorAll<HTMLButtonElement>("[data-file]")) {
    one.addEventListener("click", () => ask({ do: "file", kind: one.dataset.file }));
  }
  for (const one of document.querySelectorAll<HTMLButtonElement>("[data-svg]")) {
    one.addEventListener("click", async () => {
      const drawn = $(one.dataset.svg ?? "").querySelector(".dnaviz-plot");
      const url: string = await (globalThis as any).Plotly.toImage(drawn, { format: "svg" });
      save(`${one.dataset.svg}.svg`, new Blob([decodeURIComponent(url.split(",").slice(1).join(","))], { type: "image/svg+xml" }));
    });
  }
  button("theme").addEventListener("click", () => { dark = !dark; recolor(); ask({ do: "view", dark }); });
  button("link").addEventListener("click", async () => {
    const done = linked && await copy(location.href);
    $("said").textContent = !linked ? "This is too long for a link: save the sequence as a file to share it."
      : done ? "The link is copied: what is on screen stands behind the # of the address, and opens with this file."
        : "Copy the address of this page: what is on screen stands behind its #.";
  });
  addEventListener("hashchange", restore);
}

function restore(): boolean {
  const text = new URLSearchParams(location.hash.slice(1)).get("state");
  if (!text) return false;
  try {
    replace({ do: "restore", state: JSON.parse(text) });
  } catch {
    show({ error: "The link's state cannot be read: copy the link again.", of: "open" });
  }
  return true;
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
  recolor();
  const lacking = missing();
  if (lacking) {
    broken(`This browser is too old for this page: it has no ${lacking}. Chrome 91, Firefox 113 and Safari 16.4 have it, and all later ones.`);
    return;
  }
  listen();
  countRequests();
  worker = new Worker(blobAddress(await inflate("worker.js")));
  worker.onmessage = receive;
  worker.onerror = (event) => broken(`Something went wrong in this page (${event.message}); load it again.`);
  const names = ["pyodide.asm.wasm", "memory.bin", "python_stdlib.zip", "kernel.wasm", "dnaviz.bin", "network.json", "network.bin", "ood.bin"];
  worker.postMessage({ payloads: Object.fromEntries(names.map((name) => [name, payload(name)])) });
  ask({ do: "view", dark });
  restore();
}

main().catch((error) => broken(`Something went wrong in this page (${error}); load it again.`));
