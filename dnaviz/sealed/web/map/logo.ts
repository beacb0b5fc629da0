// A sequence logo aligned on the site, with its axes; as figures/composition.py draws it.
import type { Theme } from "./atlas";

const LEFT = 54;
const TOP = 8;
const BOTTOM = 30;
const WIDTH = 1080;
const HEIGHT = 170;
const FULL = 2; // bits
const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";

export function logoSvg(heights: number[][], first: number, theme: Theme, glyphs: Record<string, string>, title: string): string {
  const columns = heights[0].length;
  const frame = HEIGHT - TOP - BOTTOM;
  const each = (WIDTH - LEFT - 8) / columns;
  const zero = TOP + frame;
  const y = (bits: number): number => zero - (bits / FULL) * frame;
  const text = `font-family="${FONT}" font-size="12" fill="${theme.muted}"`;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}" width="100%">`,
    "<defs>", ...[..."ACGT"].map((base) => `<path id="logo-${base}" d="${glyphs[base]}" fill="${theme.bases[base]}"/>`), "</defs>",
    `<line x1="${LEFT}" x2="${WIDTH - 8}" y1="${zero}" y2="${zero}" stroke="${theme.muted}" stroke-width="1"/>`,
  ];
  if (first <= 0 && -first < columns) {
    parts.push(`<rect x="${(LEFT - first * each).toFixed(1)}" y="${TOP}" width="${each.toFixed(1)}" height="${frame}" fill="${theme.accent}" opacity="0.10"/>`);
  }
  for (let at = 0; at < columns; at++) {
    let up = 0;
    for (const base of [0, 1, 2, 3].sort((a, b) => heights[a][at] - heights[b][at])) {
      const bits = heights[base][at];
      const size = (bits / FULL) * frame;
      if (size < 0.05) continue;
      up += bits;
      parts.push(`<use href="#logo-${"ACGT"[base]}" transform="translate(${(LEFT + (at + 0.04) * each).toFixed(2)} ${y(up).toFixed(2)}) scale(${(0.92 * each).toFixed(2)} ${size.toFixed(2)})"/>`);
    }
  }
  for (const bits of [0, 1, 2]) parts.push(`<text x="${LEFT - 8}" y="${(y(bits) + 4).toFixed(1)}" text-anchor="end" ${text}>${bits}</text>`);
  parts.push(`<text transform="translate(12 ${TOP + frame / 2}) rotate(-90)" text-anchor="middle" ${text}>bits</text>`);
  for (let offset = Math.ceil(first / 10) * 10; offset < first + columns; offset += 10) {
    const x = LEFT + (offset - first + 0.5) * each;
    parts.push(`<text x="${x.toFixed(1)}" y="${HEIGHT - 10}" text-anchor="middle" ${text}>${offset ? signed(offset) : "site"}</text>`);
  }
  return `${parts.join("")}</svg>`;
}

export function signed(offset: number): string { return offset < 0 ? `−${-offset}` : `+${offset}`; }
