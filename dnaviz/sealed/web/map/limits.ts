// Limits of a numeric column: only points within them are shown.
import { shownAt, type Values } from "./atlas";
import { $, input } from "./dom";

export type Limits = [number, number];

function ends({ values }: Values): [number, number] {
  let [low, high] = [0, 0];
  for (let row = 0; row < values.length; row++) {
    if (!Number.isFinite(values[row])) continue;
    if (!Number.isFinite(values[low]) || values[row] < values[low]) low = row;
    if (!Number.isFinite(values[high]) || values[row] > values[high]) high = row;
  }
  return [low, high];
}

// The fields for the limits of the column that colors the points; none for categories.
export function showLimits(column: Values, limits: Limits | undefined): void {
  $("limits").hidden = !column.about.numeric;
  if (!column.about.numeric) return;
  const rows = ends(column);
  ["low", "high"].forEach((id, i) => {
    input(id).placeholder = shownAt(column, rows[i]);
    if (document.activeElement === input(id)) return; // somebody writes there
    input(id).value = limits && limits[i] !== column.values[rows[i]] ? String(limits[i]) : "";
  });
}

// What stands in the fields; an empty one means the end of the column, null no limits.
export function readLimits(column: Values): Limits | null {
  const rows = ends(column);
  const given = ["low", "high"].map((id) => input(id).value.trim());
  if (given.every((text) => text === "")) return null;
  return given.map((text, i) => (text === "" ? column.values[rows[i]] : Number(text))) as Limits;
}

// Which points lie outside; what is missing does.
export function outside({ about, values }: Values, [low, high]: Limits, hidden: Uint8Array): void {
  // 0.3 as a person writes it is the column's own 0.3, which has fewer digits.
  const own = about.type === "f4" ? Math.fround : Number;
  const [least, most] = [own(low), own(high)];
  for (let row = 0; row < values.length; row++) if (!(values[row] >= least && values[row] <= most)) hidden[row] = 1;
}
