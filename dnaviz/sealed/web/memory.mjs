// The memory of a Python that has started and imported what dnaviz asks of its library. The page
// begins with it: starting Python anew took half of the time until the page could be used.
import crypto from "node:crypto";
import createPyodideModule from "pyodide/pyodide.asm.mjs";
import { loadPyodide } from "pyodide";

const IMPORT = `
import gc, importlib, sys, zipimport
for name in names.split():
    importlib.import_module(name)
del name, names
# The page has another archive: of what is not imported here.
zipimport._zip_directory_cache.clear()
sys.path_importer_cache.clear()
gc.collect()
zeros = [[bytes(n) for _ in range(200_000 // (n + 40))] for n in range(1, 480, 16)]
del zeros
gc.collect()
`;

// What is free, as zeros, which take no room in the file.
function clear(module) {
  const large = 1 << 22;
  const end = module._malloc(large); // behind all that is in use
  const held = [];
  for (let size = large >> 2; size >= 16; size >>= 1) {
    for (let at = module._malloc(size); ; at = module._malloc(size)) {
      module.HEAPU8.fill(0, at, at + size);
      held.push(at);
      if (at > end) break;
    }
  }
  module.HEAPU8.fill(0, end, end + large);
  for (const at of [end, ...held]) module._free(at);
}

const PAGE = 4096;

// Pages that are not all zeros, one behind the other; before them how many there are in all, and a
// byte for each of whether it is here.
function packed(bytes) {
  const here = [], kept = [];
  for (let at = 0; at < bytes.length; at += PAGE) {
    const page = new Uint8Array(PAGE);
    page.set(bytes.subarray(at, at + PAGE));
    here.push(Number(page.some((byte) => byte)));
    if (here.at(-1)) kept.push(page);
  }
  return Buffer.concat([new Uint32Array([here.length]), Uint8Array.from(here), ...kept].map((part) => Buffer.from(part.buffer)));
}

// The snapshot, xor the memory that the module has before it runs (of which most is as it was), as
// ./src/memory.ts unpacks it; and the names of the modules in it.
export async function snapshot(library, names) {
  // The same bytes every time, and nothing of the machine at hand.
  const kept = [[Date, "now"], [performance, "now"], [crypto, "randomFillSync"], [process, "argv"], [process.env, "TZ"]]
    .map(([of, name]) => [of, name, of[name]]);
  Date.now = performance.now = () => 0;
  crypto.randomFillSync = (values) => values.fill(0);
  process.argv = ["node", "./this.program"];
  process.env.TZ = "UTC";
  let before = new Uint8Array();
  const python = await loadPyodide({
    stdLibURL: library,
    env: { PYTHONHASHSEED: "0", LANG: "C.UTF-8" },
    _makeSnapshot: true,
    createPyodideModule(settings) {
      const { instantiateWasm } = settings;
      settings.instantiateWasm = (imports, done) => instantiateWasm(imports, (instance, module) => {
        before = new Uint8Array(instance.exports.memory.buffer.slice(0));
        done(instance, module);
      });
      return createPyodideModule(settings);
    },
  });
  python.globals.set("names", names);
  python.runPython(IMPORT);
  const loaded = python.runPython('" ".join(sorted(sys.modules))').split(" ");
  python.runPython("del gc, importlib, sys, zipimport");
  clear(python._module);
  const found = python.makeMemorySnapshot();
  for (const [of, name, value] of kept) if (value === undefined) delete of[name]; else of[name] = value;
  const head = new Uint32Array(found.buffer, found.byteOffset, 2)[1]; // of what comes before it
  for (let i = head; i < found.length; i++) found[i] ^= before[i - head];
  return { bytes: packed(found.subarray(0, found.findLastIndex((byte) => byte) + 1)), loaded };
}
