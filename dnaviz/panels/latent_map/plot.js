// The latent map's figure: the kernel keeps it, a view asks for it, changes come as messages.
// What the pointer does is told in the map's coordinates; which points it means, the kernel knows.
const CONFIG = {
  ...COMMON_CONFIG,
  scrollZoom: true,
  doubleClick: false, // a double click clears the selection, and the kernel is told
  modeBarButtonsToRemove: [
    "autoScale2d", "zoom2d", "zoomIn2d", "zoomOut2d", "select2d", "lasso2d", "pan2d",
  ],
};
const REACH = 10; // pixels from a point that still mean it
const LEAST = 8; // pixels across: what is smaller is no lasso
const SVG = "http://www.w3.org/2000/svg";
// All that plotly packs whole numbers in: it takes the smallest that will do.
const DTYPES = {
  f4: Float32Array, f8: Float64Array, i1: Int8Array, i2: Int16Array, i4: Int32Array,
  u1: Uint8Array, u2: Uint16Array, u4: Uint32Array,
};

// Whether this browser draws with WebGL. Where it does not, the kernel draws the points.
function hasWebGL() {
  if (page.webgl === undefined) {
    try {
      const context = document.createElement("canvas").getContext("webgl");
      page.webgl = Boolean(context);
      context?.getExtension("WEBGL_lose_context")?.loseContext();
    } catch { page.webgl = false; }
  }
  return page.webgl;
}

// Arrays travel beside a message; they are put where their places are.
function unpack(value, buffers) {
  if (Array.isArray(value)) return value.map((item) => unpack(item, buffers));
  if (value === null || typeof value !== "object") return value;
  if (Number.isInteger(value.buffer) && DTYPES[value.dtype]) {
    return new DTYPES[value.dtype](bytesOf(buffers[value.buffer]).slice().buffer);
  }
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, unpack(v, buffers)]));
}

// {"marker.size": 3} into nested objects, as plotly means it.
function put(target, values) {
  for (const [path, value] of Object.entries(values)) {
    const keys = path.split(".");
    const last = keys.pop();
    let at = target;
    for (const key of keys) at = at[key] ??= {};
    at[last] = value;
  }
}

function span(values) {
  return values.length ? Math.max(...values) - Math.min(...values) : 0;
}

// What came before is on screen: drawing thousands of points holds the page up. (A page in the
// background paints nothing.)
function painted() {
  return new Promise((done) => {
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done)));
    setTimeout(done, 100);
  });
}

function dataUrl(bytes) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(new Blob([bytes], { type: "image/png" }));
  });
}

function render({ model, el }) {
  const frame = document.createElement("div");
  frame.className = "dnaviz-map";
  const flat = !hasWebGL();
  frame.dataset.raster = flat || model.get("raster");
  const plot = document.createElement("div");
  plot.className = "dnaviz-plot";
  plot.setAttribute("role", "group");
  plot.setAttribute("aria-label", model.get("label"));
  plot.style.height = `${model.get("height")}px`;
  // A picture of the points until they are drawn: the drawing library takes a second to come.
  let preview = null;
  let previewed = null;
  if (model.get("preview")?.byteLength) {
    preview = document.createElement("img");
    preview.className = "dnaviz-map-preview";
    preview.alt = "";
    preview.src = URL.createObjectURL(new Blob([bytesOf(model.get("preview"))], { type: "image/png" }));
    previewed = preview.decode().catch(() => {}).then(() => {
      URL.revokeObjectURL(preview.src);
      frame.dataset.previewed = "true";
      return painted();
    });
    frame.append(preview);
  }
  const tip = document.createElement("div");
  tip.className = "dnaviz-map-tip";
  tip.hidden = true;
  const outline = document.createElementNS(SVG, "svg");
  outline.setAttribute("class", "dnaviz-map-outline");
  frame.append(plot, outline, tip);
  el.append(frame);
  const raster = flat || model.get("raster");
  let figure = null;
  let revision = 0;
  let started = false;
  let gone = false;
  let path = []; // the way of the pointer while its button is down, in pixels of the plot
  let queue = Promise.resolve();

  async function draw() {
    if (gone || !figure) return;
    const Plotly = await load(model);
    await (started ? painted() : previewed);
    if (gone) return;
    revision += 1;
    figure.layout.datarevision = revision;
    // Plotly draws what is selected above all else: so must be what lies over the points.
    const chosen = Boolean(figure.data[0].selectedpoints);
    for (const trace of figure.data.slice(1)) {
      if (trace.type !== "scattergl" || trace.mode === "lines") continue;
      trace.selectedpoints = chosen ? Array.from(trace.x ?? [], (_, i) => i) : null;
    }
    plot.style.height = `${figure.layout.height}px`;
    frame.dataset.tool = figure.layout.dragmode;
    await Plotly.react(plot, figure.data, figure.layout, CONFIG);
    outline.replaceChildren();
    if (!raster || figure.layout.images) preview?.remove();
    plot.dataset.drawn = revision;
    if (!started) listen();
  }

  function drawNext() {
    queue = queue.then(draw).catch((error) => console.error("The map could not be drawn:", error));
  }

  function spot(event) {
    const box = plot.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  // In the map's coordinates, inside the axes or not.
  function onMap([x, y]) {
    const { xaxis, yaxis } = plot._fullLayout;
    return [xaxis.p2d(x - xaxis._offset), yaxis.p2d(y - yaxis._offset)];
  }

  // Where the pointer is, with its reach; null outside the axes.
  function place(event) {
    const { xaxis, yaxis } = plot._fullLayout ?? {};
    if (!xaxis) return null;
    const [x, y] = spot(event);
    const inside = (axis, at) => at >= axis._offset && at <= axis._offset + axis._length;
    if (!inside(xaxis, x) || !inside(yaxis, y)) return null;
    return [...onMap([x, y]), Math.abs(xaxis.p2d(REACH) - xaxis.p2d(0))];
  }

  let lastView = "";
  function tellView() {
    const { xaxis, yaxis } = plot._fullLayout ?? {};
    if (gone || !xaxis || plot.clientWidth === 0) return;
    const fine = Math.min(globalThis.devicePixelRatio || 1, 2);
    const view = [...xaxis.range, ...yaxis.range, xaxis._length * fine, yaxis._length * fine];
    if (view.join() === lastView) return;
    lastView = view.join();
    model.send({ view });
  }

  function after(delay, action) {
    let timer = null;
    return (...values) => { clearTimeout(timer); timer = setTimeout(() => action(...values), delay); };
  }

  function listen() {
    started = true;
    plot.on("plotly_doubleclick", () => model.send({ clear: true })); // while the tool is to pan
    let waiting = null; // a single click on the legend waits whether a second one follows
    const legend = (event, alone) => {
      clearTimeout(waiting);
      const message = { legend: event.curveNumber, alone };
      if (alone) model.send(message);
      else waiting = setTimeout(() => model.send(message), 250);
      return false;
    };
    plot.on("plotly_legendclick", (event) => legend(event, false));
    plot.on("plotly_legenddoubleclick", (event) => legend(event, true));
    if (raster) {
      const soon = after(80, tellView);
      plot.on("plotly_relayout", soon);
      plot.on("plotly_afterplot", soon);
      tellView();
    }
  }

  // The outline is ours to draw: plotly's would draw all points anew at every move, tell of it a
  // tenth of a second late, and cut the corners that a busy page learns of only afterwards.
  const selecting = (event) =>
    started && event.button === 0 && ["lasso", "select"].includes(plot._fullLayout.dragmode) &&
    event.target.closest(".nsewdrag") !== null;
  const outlined = () => {
    if (plot._fullLayout.dragmode === "lasso") return path;
    const [[x0, y0], [x1, y1]] = [path[0], path[path.length - 1]];
    return [[x0, y0], [x1, y0], [x1, y1], [x0, y1]];
  };
  const showOutline = () => {
    const shape = document.createElementNS(SVG, "polygon");
    shape.setAttribute("points", outlined().map((at) => at.map(Math.round).join()).join(" "));
    outline.replaceChildren(shape);
  };
  let fading = null;
  let pressed = null; // where the button went down, until the pointer has gone elsewhere
  const drag = (event) => {
    if (path.length && event.buttons & 1) {
      const moves = event.getCoalescedEvents?.() ?? [];
      path.push(...(moves.length ? moves : [event]).map(spot));
      showOutline();
    }
    if (pressed && Math.hypot(event.clientX - pressed.clientX, event.clientY - pressed.clientY) > 4) {
      pressed = null;
    }
  };
  plot.addEventListener("pointerdown", (event) => {
    clearTimeout(fading);
    outline.replaceChildren();
    path = selecting(event) ? [spot(event)] : [];
    pressed = event.button === 0 && !event.target.closest(".modebar, .legend") ? event : null;
  }, true);
  for (const kind of ["mousedown", "touchstart"]) {
    plot.addEventListener(kind, (event) => {
      if (!path.length) return;
      event.stopPropagation();
      event.preventDefault(); // no text is marked on the way
    }, { capture: true, passive: false });
  }
  plot.addEventListener("dblclick", (event) => { if (selecting(event)) model.send({ clear: true }); });
  const release = (event) => {
    const at = pressed && started ? place(event) : null;
    const wide = path.length > 1 && [0, 1].some((axis) => span(path.map((at) => at[axis])) > LEAST);
    if (wide) {
      const [x, y] = [0, 1].map((axis) => outlined().map((at) => onMap(at)[axis]));
      model.send({ lasso: { x, y }, add: event.shiftKey });
    }
    // It stays until the map shows what it holds.
    fading = setTimeout(() => outline.replaceChildren(), wide ? 1500 : 0);
    path = [];
    pressed = null;
    if (at) model.send({ click: at });
  };
  const cancel = () => { path = []; pressed = null; outline.replaceChildren(); };
  globalThis.addEventListener("pointermove", drag, true);
  globalThis.addEventListener("pointerup", release, true);
  globalThis.addEventListener("pointercancel", cancel, true);

  const ask = after(70, (at) => { if (at) model.send({ hover: at }); });
  plot.addEventListener("pointermove", (event) => {
    tip.hidden = true;
    if (started) ask(event.buttons ? null : place(event));
  });
  plot.addEventListener("pointerleave", () => { tip.hidden = true; ask(null); });

  function showTip(lines, [x, y]) {
    const { xaxis, yaxis } = plot._fullLayout ?? {};
    tip.hidden = !lines?.length || !xaxis;
    if (tip.hidden) return;
    tip.replaceChildren(...lines.map((line) => {
      const row = document.createElement("div");
      row.textContent = line;
      return row;
    }));
    const left = xaxis._offset + xaxis.d2p(x);
    tip.style.left = `${Math.min(left + 12, Math.max(plot.clientWidth - 220, 0))}px`;
    tip.style.top = `${yaxis._offset + yaxis.d2p(y) + 12}px`;
  }

  async function receive(message, buffers) {
    if (message?.figure) {
      figure = unpack(message.figure, buffers);
      for (const trace of figure.data) if (flat && trace.type === "scattergl") trace.type = "scatter";
    } else if (message?.change && figure) {
      for (const [trace, values] of message.change) put(figure.data[trace], unpack(values, buffers));
      put(figure.layout, unpack(message.layout ?? {}, buffers));
    } else if (message?.picture && figure) {
      const [x0, x1, y0, y1] = message.picture;
      const source = await dataUrl(bytesOf(buffers[0]));
      figure.layout.images = [{
        source, xref: "x", yref: "y", x: x0, y: y1, sizex: x1 - x0, sizey: y1 - y0,
        sizing: "stretch", layer: "below",
      }];
      plot.dataset.pictures = Number(plot.dataset.pictures ?? 0) + 1;
    } else if (message?.tip) {
      showTip(message.tip, message.at);
      return;
    } else return;
    drawNext();
  }

  const watch = new ResizeObserver(() => {
    if (started && plot.clientWidth > 0) globalThis.Plotly.Plots.resize(plot);
  });
  watch.observe(el);
  model.on("msg:custom", receive);
  load(model);
  model.send({ ask: "figure", flat });
  return () => {
    gone = true;
    watch.disconnect();
    globalThis.removeEventListener("pointermove", drag, true);
    globalThis.removeEventListener("pointerup", release, true);
    globalThis.removeEventListener("pointercancel", cancel, true);
    model.off("msg:custom", receive);
    if (started) globalThis.Plotly.purge(plot);
  };
}

export default { render };
