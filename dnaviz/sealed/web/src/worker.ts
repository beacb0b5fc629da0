// The page's worker: Python with dnaviz's own code, and the network beside it. Requests come in and
// answers go out as JSON; between two steps it looks whether it was told to stop.
import { loadPyodide } from "pyodide";
// @ts-expect-error It has no types.
import createPyodideModule from "pyodide/pyodide.asm.mjs";
import { Network, type Description } from "./network";

interface Payloads { [name: string]: string } // base64 of gzip

interface Job { id: number; request: object; stopped: boolean }

const START = `
import sys, types
sys.path.insert(0, "/dnaviz.zip")
import dnaviz.sealed.array_math as arrays
sys.modules["numpy"] = arrays
sys.modules["numpy.typing"] = arrays.typing
import json
import sealed_page
from dnaviz.sealed.page_model import PageModel
from dnaviz.sealed.session import Session
Session(PageModel(sealed_page.network, json.loads(sealed_page.about)))
`;

async function inflate(text: string): Promise<Uint8Array> {
  const packed = atob(text);
  const bytes = new Uint8Array(packed.length);
  for (let i = 0; i < packed.length; i++) bytes[i] = packed.charCodeAt(i);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

const jobs: Job[] = [];
let session: any = null;
let running = false;

async function start(payloads: Payloads): Promise<void> {
  const names = Object.keys(payloads);
  const found = await Promise.all(names.map((name) => inflate(payloads[name])));
  const files = Object.fromEntries(names.map((name, i) => [name, found[i]]));
  const types: Record<string, string> = { "pyodide.asm.wasm": "application/wasm" };
  // Pyodide asks for its files by address; they are here.
  globalThis.fetch = async (address: RequestInfo | URL) => {
    const name = String(address).split("/").pop() ?? "";
    const type = types[name] ?? "application/octet-stream";
    const body = files[name] as Uint8Array<ArrayBuffer> | undefined;
    return body ? new Response(body, { headers: { "content-type": type } }) : new Response(null, { status: 404 });
  };
  const about = new TextDecoder().decode(files["network.json"]);
  const numbers = files["network.bin"];
  const [network, python] = await Promise.all([
    Network.load(
      files["kernel.wasm"] as Uint8Array<ArrayBuffer>, JSON.parse(about) as Description,
      new Float32Array(numbers.buffer, numbers.byteOffset, numbers.byteLength / 4),
    ),
    loadPyodide({
      indexURL: "sealed:/",
      stdLibURL: "sealed:/python_stdlib.zip",
      lockFileContents: JSON.stringify({ info: { abi_version: "2026_0", arch: "wasm32", platform: "emscripten", python: "3.14.2" }, packages: {} }),
      checkAPIVersion: false,
      createPyodideModule,
      packageBaseUrl: "sealed:/",
    } as any),
  ]);
  python.FS.writeFile("/dnaviz.zip", files["dnaviz.zip"]);
  python.registerJsModule("sealed_page", { network, about });
  session = python.runPython(START);
  postMessage({ ready: true });
  void work();
}

// So that messages are seen between two steps.
const pause = (): Promise<void> => new Promise((go) => {
  const channel = new MessageChannel();
  channel.port1.onmessage = () => { channel.port1.close(); go(); };
  channel.port2.postMessage(null);
});

async function work(): Promise<void> {
  if (running || !session) return;
  running = true;
  for (let job = jobs[0]; job; jobs.shift(), job = jobs[0]) {
    const steps = session.answer(JSON.stringify(job.request));
    try {
      for (;;) {
        await pause();
        if (job.stopped) { steps.return(); break; }
        const { done, value } = steps.next();
        if (done) break;
        postMessage({ id: job.id, answer: value });
      }
      postMessage({ id: job.id, done: true, stopped: job.stopped });
    } catch (error) {
      postMessage({ id: job.id, done: true, failed: String(error) });
    } finally {
      steps.destroy();
    }
  }
  running = false;
}

onmessage = ({ data }) => {
  if (data.payloads) {
    start(data.payloads).catch((error) => postMessage({ failed: String(error) }));
    return;
  }
  if (data.stop) {
    for (const job of jobs) job.stopped = true;
    return;
  }
  jobs.push({ id: data.id, request: data.request, stopped: false });
  void work();
};
