// plotly.js, asked for once per page and shared by all figures.
const COMMON_CONFIG = {
  displaylogo: false,
  showSendToCloud: false, // plotly's default is a button that sends the figure to its makers
  plotlyServerURL: "",
  responsive: true,
};
const page = (globalThis.dnavizPlots ??= { library: null, groups: new Map() });

function bytesOf(buffer) {
  return new Uint8Array(buffer.buffer ?? buffer, buffer.byteOffset ?? 0, buffer.byteLength);
}

// A page of our server loads the library by itself: all of it, or a small one without WebGL, which
// most figures do not need. A notebook is sent it by the kernel.
async function loaded() {
  const tag = document.getElementById("dnaviz-library");
  if (tag && !globalThis.Plotly) {
    await new Promise((done) => {
      for (const end of ["load", "error"]) tag.addEventListener(end, done);
    });
  }
  return globalThis.Plotly;
}

function load(model) {
  return page.library ??= loaded().then((library) => library ?? ask(model));
}

function ask(model) {
  return new Promise((resolve, reject) => {
    const take = async (message, buffers) => {
      if (!message?.library) return;
      model.off("msg:custom", take);
      try {
        const zipped = new Blob([bytesOf(buffers[0])]).stream();
        const text = await new Response(zipped.pipeThrough(new DecompressionStream("gzip"))).text();
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
}
