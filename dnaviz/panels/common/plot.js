// Draws a plotly figure, behind plotly.js.
const CONFIG = { ...COMMON_CONFIG, modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d"] };

// A hidden figure is drawn when it is shown.
function shown(plot) {
  if (plot.clientWidth) return null;
  return new Promise((done) => {
    const watch = new ResizeObserver(() => {
      if (!plot.clientWidth && plot.isConnected) return;
      watch.disconnect();
      done();
    });
    watch.observe(plot);
  });
}

// Figures in sight, or a screen away, are drawn one after another, so that the page can be used
// between them; those further down when it has nothing else to do.
function turn(plot) {
  const { top, bottom } = plot.getBoundingClientRect();
  const idle = globalThis.requestIdleCallback;
  return new Promise((go) => {
    if (!idle || (top < 2 * innerHeight && bottom > -innerHeight)) setTimeout(go);
    else idle(go, { timeout: 1000 });
  });
}

function render({ model, el }) {
  const plot = document.createElement("div");
  plot.className = "dnaviz-plot";
  plot.setAttribute("role", "group");
  plot.setAttribute("aria-label", model.get("label"));
  el.append(plot);
  let gone = false;
  let following = false;
  let started = false;
  let Plotly = null;
  let queue = Promise.resolve();
  let applied = {};
  const note = (patch) => {
    applied = Object.fromEntries(Object.entries(patch).map(([n, v]) => [n, JSON.stringify(v)]));
  };
  // So that what waits for a drawing can see it.
  const count = () => { plot.dataset.draws = Number(plot.dataset.draws ?? 0) + 1; };

  const group = model.get("group");
  const member = {
    async follow(range) {
      if (!started || gone || following) return;
      following = true;
      try { await Plotly.relayout(plot, range); } finally { following = false; }
    },
  };
  if (group) {
    if (!page.groups.has(group)) page.groups.set(group, new Set());
    page.groups.get(group).add(member);
  }

  function tell(update) {
    if (following || !group) return;
    const axis = plot.layout?.xaxis;
    const touched = Object.keys(update).some((key) => key.startsWith("xaxis."));
    if (!touched || !axis?.range) return;
    for (const other of page.groups.get(group)) {
      if (other !== member) other.follow({ "xaxis.range": [...axis.range] });
    }
  }

  async function draw() {
    if (!model.get("figure")) return;
    await shown(plot);
    if (gone) return;
    Plotly = await load(model);
    await turn(plot);
    const text = model.get("figure");
    if (gone || !text) return;
    const figure = JSON.parse(text);
    for (const [trace, values] of Object.entries(model.get("patch"))) {
      Object.assign(figure.data[trace] ?? {}, values);
    }
    note(model.get("patch"));
    if (figure.layout.height) plot.style.height = `${figure.layout.height}px`;
    await Plotly.react(plot, figure.data, figure.layout, CONFIG);
    // Shown while it was being drawn hidden: it has no width of its own yet.
    if (plot.clientWidth > 0 && plot._fullLayout?.width !== plot.clientWidth) {
      await Plotly.Plots.resize(plot);
    }
    count();
    if (started) return;
    started = true;
    plot.on("plotly_relayout", tell);
    plot.on("plotly_click", (event) => {
      const point = event.points?.[0];
      if (point) model.send({ trace: point.curveNumber, point: point.pointNumber ?? point.pointIndex });
    });
  }

  // Its place is kept, by which is told whether it is in sight.
  const { height } = JSON.parse(model.get("figure") || '{"layout":{}}').layout;
  if (height) plot.style.height = `${height}px`;

  function drawNext() {
    queue = queue.then(draw).catch((error) => console.error("A figure could not be drawn:", error));
  }

  async function change() {
    if (!started) return;
    const patch = model.get("patch");
    const traces = Object.keys(patch).filter((n) => JSON.stringify(patch[n]) !== applied[n]);
    if (!traces.length) return;
    note(patch);
    // All at once: every call draws thousands of points anew.
    const names = new Set(traces.flatMap((n) => Object.keys(patch[n])));
    const update = Object.fromEntries(
      [...names].map((name) => [name, traces.map((n) => patch[n][name])]),
    );
    await Plotly.restyle(plot, update, traces.map(Number));
    count();
  }

  // A figure is first drawn while its card is hidden: give it its width when it is shown.
  const watch = new ResizeObserver(() => {
    const width = plot.clientWidth;
    if (started && width > 0 && plot._fullLayout?.width !== width) Plotly.Plots.resize(plot);
  });
  watch.observe(el);

  // While the viewer still looks for a sequence to paste.
  (globalThis.requestIdleCallback ?? setTimeout)(() => load(model).catch(() => {}));
  model.on("change:figure", drawNext);
  model.on("change:patch", () => { queue = queue.then(change).catch(() => {}); });
  drawNext();
  return () => {
    gone = true;
    watch.disconnect();
    page.groups.get(group)?.delete(member);
    if (started) Plotly.purge(plot);
  };
}

export default { render };
