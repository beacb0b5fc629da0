// Build what the sealed inspector is made of, into ../built: npm ci && npm run build.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { loadPyodide } from "pyodide";

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2] ?? join(here, "..", "built");
const modules = join(here, "node_modules");
mkdirSync(out, { recursive: true });

const keep = (name, bytes) => writeFileSync(join(out, `${name}.gz`), gzipSync(bytes, { level: 9 }));

// The panels' figure, as `browser_source` in ../../panels/common joins it.
const panels = join(here, "..", "..", "panels", "common");
const figure = {
  name: "figure",
  setup(made) {
    made.onLoad({ filter: /panels.common.plot\.js$/ }, () => ({
      contents: ["plotly.js", "plot.js"].map((name) => readFileSync(join(panels, name), "utf-8")).join("\n"),
    }));
  },
};

async function bundle(entry, name) {
  const { outputFiles } = await build({
    entryPoints: [join(here, "src", entry)], bundle: true, minify: true, write: false,
    format: "iife", target: "es2022", external: ["node:*", "ws"], legalComments: "none", plugins: [figure],
    // A worker of a file on disk cannot be a module; Pyodide asks where it is and needs no answer.
    define: { "import.meta.url": JSON.stringify("sealed:/worker.js") },
  });
  keep(name, outputFiles[0].contents);
}

execFileSync(process.execPath, [
  join(modules, "assemblyscript", "bin", "asc.js"), join(here, "src", "kernel.as.ts"),
  "-o", join(out, "kernel.wasm"), "-O3", "--enable", "simd", "--runtime", "stub", "--use", "abort=",
]);
await bundle("worker.ts", "worker.js");
await bundle("page.ts", "page.js");
keep("pyodide.asm.wasm", readFileSync(join(modules, "pyodide", "pyodide.asm.wasm")));

// Python's library without what a page has no use for, compiled: it opens in half the time.
const python = await loadPyodide();
python.FS.writeFile("/all.zip", new Uint8Array(readFileSync(join(modules, "pyodide", "python_stdlib.zip"))));
python.runPython(readFileSync(join(here, "trim_library.py"), "utf-8"));
writeFileSync(join(out, "python_stdlib.zip"), python.FS.readFile("/trimmed.zip"));
