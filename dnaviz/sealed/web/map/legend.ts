// The legend: categories that can be switched off and selected, or a scale of colors.
import type { Values } from "./atlas";
import { nameOf } from "./coloring";
import { $, label, make } from "./dom";
import { thousands } from "./numbers";

const TWICE = 250; // milliseconds within which a second click is a double one

export type Choices = {
  hide: (names: string[]) => void;
  select: (category: number) => void;
};

export function showLegend(column: Values, dark: boolean, hidden: string[], choices: Choices): void {
  $("legend").replaceChildren(...(column.about.numeric ? [barOf(column, dark)] : entriesOf(column, dark, hidden, choices)));
}

function entriesOf({ about }: Values, dark: boolean, hidden: string[], { hide, select }: Choices): HTMLElement[] {
  const names = about.categories.map(([name]) => name);
  const alone = (name: string): void => {
    const others = names.filter((one) => one !== name);
    const isAlone = others.every((one) => hidden.includes(one)) && !hidden.includes(name);
    hide(isAlone ? [] : others);
  };
  const entries: HTMLElement[] = about.categories.map(([name, count], i) => {
    const isOff = hidden.includes(name);
    const entry = make("button", "map-entry", "", {
      type: "button", "aria-pressed": String(!isOff), title: "Click to hide or show; double-click to show it alone",
    });
    const swatch = make("i");
    swatch.style.background = about.colors[Number(dark)][i];
    entry.append(swatch, label(nameOf(name)), make("span", "", thousands(count)));
    let waiting = 0; // a single click waits whether a second one follows
    entry.addEventListener("click", () => {
      clearTimeout(waiting);
      waiting = window.setTimeout(() => hide(isOff ? hidden.filter((one) => one !== name) : [...hidden, name]), TWICE);
    });
    entry.addEventListener("dblclick", () => { clearTimeout(waiting); alone(name); });
    return entry;
  });
  const menu = make("select", "", "", { id: "select-category", "aria-label": "Select all points of a category" });
  menu.append(new Option("Select …", ""), ...names.map((name, i) => new Option(label(nameOf(name)), String(i))));
  menu.addEventListener("change", () => {
    if (menu.value) select(Number(menu.value));
    menu.value = "";
  });
  return [...entries, menu];
}

export function gradientOf(column: Values, dark: boolean): [number, string][] {
  const { bottom, scales } = column.about;
  // Where values are missing the scale begins with their gray.
  const cut = bottom < 0 ? 0.02 : 0;
  return scales[Number(dark)].filter(([at]) => at >= cut).map(([at, color]) => [(at - cut) / (1 - cut), color]);
}

function barOf(column: Values, dark: boolean): HTMLElement {
  const { about } = column;
  const box = make("div", "map-bar");
  const bar = make("div");
  bar.style.background = `linear-gradient(to right, ${gradientOf(column, dark).map(([at, color]) => `${color} ${100 * at}%`).join(", ")})`;
  const axis = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  for (const [at, text] of about.ticks) {
    const tick = document.createElementNS("http://www.w3.org/2000/svg", "text");
    tick.setAttribute("x", `${100 * at}%`);
    tick.setAttribute("y", "13");
    tick.setAttribute("text-anchor", "middle");
    tick.textContent = text;
    axis.append(tick);
  }
  box.append(make("div", "dnaviz-note", label(about.name)), bar, axis);
  box.firstElementChild!.setAttribute("style", "height:auto");
  if (about.bottom < 0) box.append(make("div", "dnaviz-note", "Gray: no value."));
  return box;
}
