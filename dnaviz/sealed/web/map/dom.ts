// The page's elements; text is only ever set as text.
export const $ = <T extends Element = HTMLElement>(id: string): T => document.getElementById(id) as unknown as T;
export const input = (id: string): HTMLInputElement => $<HTMLInputElement>(id);

// A text that does not turn around what stands behind it.
export const plain = (text: string): string => text.replace(/[\u202a-\u202e\u2066-\u2069]/g, "\ufffd");

export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K, className = "", text = "", values: Record<string, string> = {},
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = plain(text);
  for (const [name, value] of Object.entries(values)) element.setAttribute(name, value);
  return element;
}

export const note = (text: string): HTMLElement => make("div", "dnaviz-note", text);

// A column's name, or another untrusted text, on one line and not too long.
export function label(name: string, length = 40): string {
  const line = plain(name).replaceAll("_", " ").split(/\s+/u).filter(Boolean).join(" ");
  return line.length <= length ? line : `${line.slice(0, length - 1)}…`;
}
