// The latent map's figure: the kernel keeps it, a view asks for it, changes come as messages.
const CONFIG = {
  displaylogo: false,
  responsive: true,
  scrollZoom: true,
  doubleClick: false, // a double click clears the selection, and the kernel is told
  modeBarButtonsToRemove: ["autoScale2d", "zoomIn2d", "zoomOut2d", "select2d", "lasso2d", "pan2d"],
};
const page = (globalThis.dnavizPlots ??= { library: null, groups: new Map() });

async function unpack(buffer) {
  const bytes = new Uint8Array(buffer.buffer ?? buffer, buffer.byteOffset ?? 0, buffer.byteLength);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}

function load(model) {
  page.library ??= new Promise((resolve, reject) => {
    const take = async (message, buffers) => {
      if (!message?.library) return;
      model.off("msg:custom", take);
      try {
        const text = await unpack(buffers[0]);
        const url = URL.createObjectURL(new Blob(
          ["const module = { exports: {} };\n", text, "\nexport default module.exports;"],
          { type: "text/javascript" },
        ));
        resolve((await import(url)).default);
        URL.revokeObjectURL(url);
      } catch (error) { reject(error); }
    };
    model.on("msg:custom", take);
    model.send({ ask: "library" });
  });
  return page.library;
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

function render({ model, el }) {
  const plot = document.createElement("div");
  plot.className = "dnaviz-plot dnaviz-map";
  plot.setAttribute("role", "img");
  plot.setAttribute("aria-label", model.get("label"));
  el.append(plot);
  let figure = null;
  let revision = 0;
  let busy = 0; // while we draw, plotly's events are echoes of our own changes
  let started = false;
  let gone = false;
  let queue = Promise.resolve();

  async function draw() {
    if (gone || !figure) return;
    const Plotly = await load(model);
    revision += 1;
    // The outline of a lasso goes once it has done its work: it would take the clicks on its
    // points. What is selected is the kernel's to say, not the outline's.
    Object.assign(figure.layout, { datarevision: revision, selectionrevision: revision, selections: [] });
    plot.style.height = `${figure.layout.height}px`;
    busy += 1;
    try {
      await Plotly.react(plot, figure.data, figure.layout, CONFIG);
    } finally { setTimeout(() => { busy -= 1; }, 0); }
    if (!started) listen();
  }

  function drawNext() {
    queue = queue.then(draw).catch((error) => console.error("The map could not be drawn:", error));
  }

  function select(rows) {
    model.send({ selected: true }, undefined, [Int32Array.from(rows).buffer]);
  }

  function listen() {
    started = true;
    plot.on("plotly_selected", (event) => {
      if (busy || !event) return;
      select(event.points.filter((p) => p.curveNumber === 0).map((p) => p.pointNumber));
    });
    plot.on("plotly_doubleclick", () => select([]));
    plot.on("plotly_click", (event) => {
      const point = event.points?.find((p) => p.curveNumber === 0);
      if (point) model.send({ click: point.pointNumber });
    });
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
  }

  function receive(message) {
    if (message?.figure) figure = JSON.parse(message.figure);
    else if (message?.change && figure) {
      for (const [trace, values] of message.change) put(figure.data[trace], values);
      put(figure.layout, message.layout ?? {});
    } else return;
    drawNext();
  }

  const watch = new ResizeObserver(() => {
    if (started && plot.clientWidth > 0) globalThis.Plotly.Plots.resize(plot);
  });
  watch.observe(el);
  model.on("msg:custom", receive);
  load(model);
  model.send({ ask: "figure" });
  return () => {
    gone = true;
    watch.disconnect();
    model.off("msg:custom", receive);
    if (started) globalThis.Plotly.purge(plot);
  };
}

export default { render };
