// Build what the sealed inspector is made of, into ../built: npm ci && npm run build.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { gzip } from "libdeflate";
import { loadPyodide } from "pyodide";
import { snapshot } from "./memory.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2] ?? join(here, "..", "built");
const modules = join(here, "node_modules");
mkdirSync(out, { recursive: true });

const keep = (name, bytes) => writeFileSync(join(out, `${name}.gz`), gzip(bytes, 12));

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
    format: "iife", target: "es2022", external: ["node:*", "ws"], legalComments: "none", loader: { ".py": "text" }, plugins: [figure],
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
for (const [at, folder] of [["/package/dnaviz", join(here, "..", "..")], ["/own", join(here, "library")]]) {
  python.FS.mkdirTree(at);
  python.mountNodeFS(at, folder);
}
python.runPython('import sys; sys.path.insert(0, "/package"); sys.dont_write_bytecode = True');
python.FS.writeFile("/all.zip", new Uint8Array(readFileSync(join(modules, "pyodide", "python_stdlib.zip"))));
python.runPython(readFileSync(join(here, "library.py"), "utf-8"));
python.runPython("make_library()");
python.runPython("make_modules()");
writeFileSync(join(out, "modules.zip"), python.FS.readFile("/modules.zip"));

// What dnaviz imports at once is in the memory that the page begins with, the rest in an archive.
const names = python.runPython('from dnaviz.sealed.modules import imported; " ".join(imported(at_once=True))');
const temporary = mkdtempSync(join(tmpdir(), "dnaviz-"));
writeFileSync(join(temporary, "library.zip"), python.FS.readFile("/library.zip"));
const memory = await snapshot(join(temporary, "library.zip"), names);
rmSync(temporary, { recursive: true });
keep("memory.bin", memory.bytes);
python.globals.get("make_rest")(memory.loaded);
writeFileSync(join(out, "python_stdlib.zip"), python.FS.readFile("/rest.zip"));

// By which a build that is not of these sources is told, where there is no Node.
const digest = (bytes) => createHash("sha256").update(bytes).digest("hex");
const sources = [
  ...["build.mjs", "library.py", "memory.mjs", "package.json", "package-lock.json"].map((name) => join(here, name)),
  ...["src", "library"].flatMap((name) => readdirSync(join(here, name), { recursive: true }).map((file) => join(here, name, file))),
  ...["clipboard.js", "plotly.js", "plot.js", "table.js"].map((name) => join(panels, name)),
].filter((path) => statSync(path).isFile()).sort();
const root = join(here, "..", "..");
const lines = sources.map((path) => `${digest(readFileSync(path, "utf-8").replaceAll("\r\n", "\n"))}  ${relative(root, path).replaceAll("\\", "/")}\n`);
writeFileSync(join(out, "sources.sha256"), lines.join(""));
