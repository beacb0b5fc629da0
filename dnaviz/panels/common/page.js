// The strip at the top of a panel. Text is only ever set as text, never as HTML.
const KEY = "dnaviz-theme";

// Milliseconds after which what is looked at counts as a step, and most that going back may take.
const SETTLED = 600;
const RETURN = 20000;

function inNotebook() {
  return document.body.dataset.jpThemeLight !== undefined && !document.body.dataset.voila
    && document.querySelector("#main.jp-LabShell, .jp-Notebook, #notebook") !== null;
}

function stored() {
  try { return localStorage.getItem(KEY); } catch { return null; }
}

function isDark() {
  if (inNotebook()) return document.body.dataset.jpThemeLight === "false";
  const choice = stored();
  if (choice) return choice === "dark";
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

function address(query) {
  return location.origin + location.pathname + (query ? "#" + query : "");
}

// What the page showed is kept in this tab, and nowhere else, while it is reloaded.
const KEPT = "dnaviz-state:" + location.pathname;

function linked() {
  return location.hash.startsWith("#state=") ? location.hash.slice(1) : "";
}

// Out of the address bar, and so out of what the browser keeps and passes on.
function clear(at) {
  history.replaceState({ dnaviz: at }, "", location.pathname);
}

function take() {
  const link = linked();
  let kept = "";
  try {
    kept = sessionStorage.getItem(KEPT) || "";
    sessionStorage.removeItem(KEPT);
  } catch { /* private window */ }
  const asked = new URLSearchParams(location.search).has("state");
  clear(0);
  return link || (asked ? "" : kept);
}

function render({ model, el }) {
  el.classList.add("dnaviz-page");
  const words = make("div", "dnaviz-page-words");
  const heading = make("h1", "dnaviz-heading");
  const lead = make("p", "dnaviz-lead");
  words.append(heading, lead);

  const actions = make("div", "dnaviz-page-actions");
  const said = make("span", "dnaviz-said");
  said.setAttribute("role", "status");
  const link = make("button", "dnaviz-quiet", "Copy link");
  link.type = "button";
  const shade = make("button", "dnaviz-quiet");
  shade.type = "button";
  actions.append(said, link, shade);
  el.append(words, actions);

  // What came of the work, for those who do not see it. It stands in the page before it says
  // anything, or screen readers pass over it.
  const live = make("div", "dnaviz-live");
  live.setAttribute("role", "status");
  live.setAttribute("aria-live", "polite");
  el.append(live);
  const showStatus = () => { live.textContent = model.get("status"); };

  const field = make("input", "dnaviz-link-field");
  field.readOnly = true;
  field.hidden = true;
  field.setAttribute("aria-label", "Link to what is shown");
  el.append(field);

  const notebook = inNotebook();
  if (notebook) { link.hidden = true; shade.hidden = true; }

  function keep() {
    const query = model.get("query");
    try {
      if (query && model.get("links")) sessionStorage.setItem(KEPT, query);
    } catch { /* private window */ }
  }

  // Back and Forward step through what was looked at. The states stay in this page's memory.
  const seen = [""];
  let at = 0;
  let settling = null;
  let returned = 0; // when a step was taken whose state has not come back yet

  function note() {
    settling = null;
    const query = model.get("query");
    if (returned && query !== seen[at] && Date.now() - returned < RETURN) { wait(); return; }
    if (returned || !seen[at]) { returned = 0; seen[at] = query; return; }
    if (query === seen[at]) return;
    at += 1;
    seen.splice(at, seen.length, query);
    history.pushState({ dnaviz: at }, "", location.pathname);
  }

  function wait() {
    clearTimeout(settling);
    settling = setTimeout(note, SETTLED);
  }

  function step(event) {
    const to = event.state?.dnaviz;
    if (to === at || !seen[to]) return;
    at = to;
    returned = Date.now();
    open(seen[to], returned);
    wait();
  }

  // A link that is opened where the page is already: a step like any other.
  function visit() {
    const query = linked();
    if (!query) return;
    at += 1;
    seen.splice(at, seen.length, "");
    clear(at);
    returned = 0;
    clearTimeout(settling);
    open(query, Date.now());
  }

  function open(query, time) { // the time makes it another than the one before
    model.set("opened", `${query}&step=${time}`);
    model.save_changes();
  }

  function showTheme(dark) {
    document.documentElement.dataset.dnavizTheme = dark ? "dark" : "light";
    shade.textContent = dark ? "Light" : "Dark";
    shade.setAttribute("aria-label", dark ? "Switch to light colors" : "Switch to dark colors");
    if (model.get("dark") !== dark) { model.set("dark", dark); model.save_changes(); }
  }

  function showWords() {
    heading.textContent = model.get("heading");
    heading.hidden = !model.get("heading");
    lead.textContent = model.get("lead");
    lead.hidden = !model.get("lead");
  }

  function showAddress() {
    field.hidden = true;
    said.textContent = "";
  }

  link.addEventListener("click", async () => {
    const note = model.get("note");
    if (note) { said.textContent = note; return; }
    const text = address(model.get("query"));
    const done = await copy(text);
    said.textContent = done ? "Link copied" : "Copy this link:";
    field.hidden = done;
    field.value = text;
    if (!done) field.select();
  });

  shade.addEventListener("click", () => {
    const dark = document.documentElement.dataset.dnavizTheme !== "dark";
    try { localStorage.setItem(KEY, dark ? "dark" : "light"); } catch { /* private window */ }
    showTheme(dark);
  });

  model.on("change:heading", showWords);
  model.on("change:lead", showWords);
  model.on("change:query", showAddress);
  model.on("change:status", showStatus);
  showStatus();
  showWords();
  showTheme(isDark());
  if (!notebook) {
    link.hidden = !model.get("links");
    const opened = take();
    if (opened) { model.set("opened", opened); model.save_changes(); }
    addEventListener("pagehide", keep);
    model.on("change:query", wait);
    addEventListener("popstate", step);
    addEventListener("hashchange", visit);
    wait();
  }

  const watch = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => showTheme(isDark());
  watch.addEventListener("change", follow);

  // The handles of sliders come without names, menus with a tooltip for one, the button that uploads
  // with a count, and buttons that stay pressed do not say so.
  let panel = null;
  const names = new MutationObserver(() => { soon ??= setTimeout(nameControls, 200); });
  let soon = null;
  function nameControls() {
    soon = null;
    for (const menu of panel.querySelectorAll("select[title]")) {
      menu.setAttribute("aria-label", menu.title);
    }
    for (const upload of panel.querySelectorAll(".widget-upload")) {
      upload.setAttribute("aria-label", "Upload a file");
    }
    for (const toggle of panel.querySelectorAll(".widget-toggle-button")) {
      toggle.setAttribute("aria-pressed", String(toggle.classList.contains("mod-active")));
    }
    for (const slider of panel.querySelectorAll(".noUi-target")) {
      const label = slider.closest(".widget-inline-hbox, .jupyter-widget")?.querySelector(".widget-label");
      const handles = slider.querySelectorAll(".noUi-handle");
      handles.forEach((handle, i) => {
        const end = handles.length < 2 ? "" : i ? ", to" : ", from";
        handle.setAttribute("aria-label", (label?.textContent.trim() || "Value") + end);
      });
    }
  }
  const placed = new ResizeObserver(() => { // it has come into the page
    panel ??= el.closest(".dnaviz");
    if (!panel) return;
    placed.disconnect();
    nameControls();
    names.observe(panel, { childList: true, subtree: true, attributeFilter: ["class"] });
  });
  placed.observe(el);
  return () => {
    watch.removeEventListener("change", follow);
    removeEventListener("pagehide", keep);
    removeEventListener("popstate", step);
    removeEventListener("hashchange", visit);
    clearTimeout(settling);
    placed.disconnect();
    names.disconnect();
    clearTimeout(soon);
  };
}

export default { render };
