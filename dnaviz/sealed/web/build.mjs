// Build what the sealed inspector is made of, into ../built: npm ci && npm run build.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
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

// Python's library without what a page has no use for, and dnaviz's own modules, compiled: they
// start in a quarter of the time.
const python = await loadPyodide();
python.FS.mkdirTree("/package/dnaviz");
python.mountNodeFS("/package/dnaviz", join(here, "..", ".."));
python.runPython('import sys; sys.path.insert(0, "/package"); sys.dont_write_bytecode = True');
python.FS.writeFile("/all.zip", new Uint8Array(readFileSync(join(modules, "pyodide", "python_stdlib.zip"))));
python.runPython(readFileSync(join(here, "trim_library.py"), "utf-8"));
writeFileSync(join(out, "python_stdlib.zip"), python.FS.readFile("/trimmed.zip"));
python.runPython('from dnaviz.sealed.modules import compile_modules; open("/modules.zip", "wb").write(compile_modules())');
writeFileSync(join(out, "modules.zip"), python.FS.readFile("/modules.zip"));

// By which a build that is not of these sources is told, where there is no Node.
const digest = (bytes) => createHash("sha256").update(bytes).digest("hex");
const sources = [
  ...["build.mjs", "package.json", "package-lock.json", "trim_library.py"].map((name) => join(here, name)),
  ...readdirSync(join(here, "src")).map((name) => join(here, "src", name)),
  ...["plotly.js", "plot.js", "table.js"].map((name) => join(panels, name)),
].sort();
const root = join(here, "..", "..");
const lines = sources.map((path) => `${digest(readFileSync(path, "utf-8").replaceAll("\r\n", "\n"))}  ${relative(root, path).replaceAll("\\", "/")}\n`);
writeFileSync(join(out, "sources.sha256"), lines.join(""));
