// Files to keep: tables that are harmless in a spreadsheet, FASTA, the map as a picture.
import { textAt, type Atlas, type Theme } from "./atlas";

const ROWS = 5_000; // joined together
const NUMBER = /^[+-]?(?:\d[\d,]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?%?$/;

export function save(name: string, parts: BlobPart[], type = "text/plain"): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(parts, { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

// The text of a cell as one line that is no formula to a spreadsheet; as io/spreadsheet.py.
export function harmless(text: string): string {
  const line = text.split(/\s+/u).filter(Boolean).join(" ");
  return line.length > 1 && "=+-@＝＋－＠".includes(line[0]) && !NUMBER.test(line) ? `'${line}` : line;
}

const cell = (text: string): string => {
  const safe = harmless(text);
  return safe.includes('"') ? `"${safe.replaceAll('"', '""')}"` : safe;
};

// A blank for each character that does not print.
const printable = (text: string): string => text.replace(/[\p{C}\p{Z}]/gu, " ");

function* chunks(rows: ArrayLike<number>, line: (row: number) => string): Generator<string> {
  for (let start = 0; start < rows.length; start += ROWS) {
    const lines: string[] = [];
    for (let i = start; i < Math.min(start + ROWS, rows.length); i++) lines.push(line(rows[i]));
    yield lines.join("");
  }
}

export function tsv(atlas: Atlas, rows: ArrayLike<number>): string[] {
  const bases = atlas.about.sequences ? ["sequence"] : [];
  const head = ["id", ...atlas.columns.map((column) => column.about.name), ...bases].map(cell);
  const line = (row: number): string => [
    cell(atlas.ids[row]),
    ...atlas.columns.map((column) => (column.about.numeric ? textAt(column, row) : cell(textAt(column, row)))),
    ...bases.map(() => atlas.bases(row)),
  ].join("\t") + "\n";
  return [`${head.join("\t")}\n`, ...chunks(rows, line)];
}

export function fasta(atlas: Atlas, rows: ArrayLike<number>): string[] {
  return [...chunks(rows, (row) => `>${printable(atlas.ids[row])}\n${atlas.bases(row)}\n`)];
}

// The map with its legend, for print ------------------------------------------------------------

export type Entry = { text: string; color: string };
export type Printed = {
  width: number; // of the map, CSS pixels
  height: number;
  picture: HTMLCanvasElement;
  points: { x: number; y: number; color: string }[] | null; // null: as a picture
  radius: number;
  opacity: number;
  title: string;
  entries: Entry[];
  bar: { stops: [number, string][]; ticks: [number, string][] } | null;
  theme: Theme;
};

const LINE = 20;
const SIDE = 12;
const FONT = "13px system-ui, sans-serif";
const BAR = 240;

// Entries of the legend in lines, and the height that they take.
function laidOut(map: Printed): { placed: (Entry & { x: number; y: number })[]; height: number } {
  const pen = document.createElement("canvas").getContext("2d")!;
  pen.font = FONT;
  let x = SIDE;
  let y = map.height + 2 * LINE;
  const placed = map.entries.map((entry) => {
    const width = pen.measureText(entry.text).width + 36;
    if (x > SIDE && x + width > map.width) { x = SIDE; y += LINE; }
    const at = { ...entry, x, y };
    x += width;
    return at;
  });
  return { placed, height: y + LINE };
}

export function mapSvg(map: Printed): string {
  const { placed, height } = laidOut(map);
  const text = `font-family="system-ui, sans-serif" font-size="13" fill="${map.theme.ink}"`;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${map.width} ${height}" width="${map.width}" height="${height}">`,
    `<rect width="100%" height="100%" fill="${map.theme.paper}"/>`,
  ];
  if (map.points) {
    parts.push(`<g fill-opacity="${map.opacity}">`);
    for (const { x, y, color } of map.points) parts.push(`<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="${map.radius.toFixed(2)}" fill="${color}"/>`);
    parts.push("</g>");
  } else {
    parts.push(`<image width="${map.width}" height="${map.height}" href="${map.picture.toDataURL("image/png")}"/>`);
  }
  parts.push(`<text x="${SIDE}" y="${map.height + LINE - 4}" ${text} font-weight="600">${escaped(map.title)}</text>`);
  for (const { x, y, text: words, color } of placed) {
    parts.push(`<circle cx="${x + 6}" cy="${y - 5}" r="5" fill="${color}"/><text x="${x + 18}" y="${y}" ${text}>${escaped(words)}</text>`);
  }
  if (map.bar) {
    const y = map.height + LINE + 4;
    const stops = map.bar.stops.map(([at, color]) => `<stop offset="${at}" stop-color="${color}"/>`).join("");
    parts.push(`<defs><linearGradient id="bar">${stops}</linearGradient></defs><rect x="${SIDE}" y="${y}" width="${BAR}" height="8" fill="url(#bar)"/>`);
    for (const [at, words] of map.bar.ticks) parts.push(`<text x="${SIDE + at * BAR}" y="${y + 22}" text-anchor="middle" ${text}>${escaped(words)}</text>`);
  }
  return `${parts.join("")}</svg>`;
}

export function mapPng(map: Printed): Promise<Blob> {
  const { placed, height } = laidOut(map);
  const fine = map.picture.width / map.width;
  const canvas = document.createElement("canvas");
  canvas.width = map.picture.width;
  canvas.height = Math.round(height * fine);
  const pen = canvas.getContext("2d")!;
  pen.scale(fine, fine);
  pen.fillStyle = map.theme.paper;
  pen.fillRect(0, 0, map.width, height);
  pen.drawImage(map.picture, 0, 0, map.width, map.height);
  pen.fillStyle = map.theme.ink;
  pen.font = `600 ${FONT}`;
  pen.fillText(map.title, SIDE, map.height + LINE - 4);
  pen.font = FONT;
  for (const { x, y, text, color } of placed) {
    pen.fillStyle = color;
    pen.beginPath();
    pen.arc(x + 6, y - 5, 5, 0, 7);
    pen.fill();
    pen.fillStyle = map.theme.ink;
    pen.fillText(text, x + 18, y);
  }
  if (map.bar) {
    const y = map.height + LINE + 4;
    const gradient = pen.createLinearGradient(SIDE, 0, SIDE + BAR, 0);
    for (const [at, color] of map.bar.stops) gradient.addColorStop(at, color);
    pen.fillStyle = gradient;
    pen.fillRect(SIDE, y, BAR, 8);
    pen.fillStyle = map.theme.ink;
    pen.textAlign = "center";
    for (const [at, words] of map.bar.ticks) pen.fillText(words, SIDE + at * BAR, y + 22);
  }
  return new Promise((done, fail) => {
    canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error("The picture cannot be made."))), "image/png");
  });
}

function escaped(text: string): string {
  // No characters that XML has no place for, either.
  const plain = text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd");
  return plain.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
