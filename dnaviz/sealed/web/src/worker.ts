// The page's worker: Python with dnaviz's own code, and the network beside it. Requests come in and
// answers go out as JSON; between two steps it looks whether it was told to stop.
import { loadPyodide } from "pyodide";
// @ts-expect-error It has no types.
import createPyodideModule from "pyodide/pyodide.asm.mjs";
import { Network, type Description } from "./network";
import { inflated } from "./payload";

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
Session(PageModel(sealed_page.network, json.loads(sealed_page.about), sealed_page.ood.to_bytes()))
`;

const jobs: Job[] = [];
let session: any = null;
let running = false;

async function start(payloads: Payloads): Promise<void> {
  // Pyodide asks for its files by address; they are here. The largest is compiled as it is inflated.
  globalThis.fetch = async (address: RequestInfo | URL) => {
    const name = String(address).split("/").pop() ?? "";
    const type = name.endsWith(".wasm") ? "application/wasm" : undefined;
    return payloads[name] ? inflated(payloads[name], type) : new Response(null, { status: 404 });
  };
  const about = await inflated(payloads["network.json"]).text();
  const buffer = (name: string): Promise<ArrayBuffer> => inflated(payloads[name]).arrayBuffer();
  const load = async (): Promise<Network> => {
    const [kernel, numbers] = await Promise.all([buffer("kernel.wasm"), buffer("network.bin")]);
    return Network.load(kernel, JSON.parse(about) as Description, new Float32Array(numbers));
  };
  const [python, network, modules, ood] = await Promise.all([
    loadPyodide({
      indexURL: "sealed:/",
      stdLibURL: "sealed:/python_stdlib.zip",
      lockFileContents: JSON.stringify({ info: { abi_version: "2026_0", arch: "wasm32", platform: "emscripten", python: "3.14.2" }, packages: {} }),
      checkAPIVersion: false,
      createPyodideModule,
      packageBaseUrl: "sealed:/",
    } as any),
    load(),
    buffer("dnaviz.zip"),
    buffer("ood.bin"),
  ]);
  python.FS.writeFile("/dnaviz.zip", new Uint8Array(modules));
  python.registerJsModule("sealed_page", { network, about, ood });
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
