// The page's worker: Python with dnaviz's own code, and the network beside it. Requests come in and
// answers go out as JSON; between two steps it looks whether it was told to stop.
import { loadPyodide } from "pyodide";
// @ts-expect-error It has no types.
import createPyodideModule from "pyodide/pyodide.asm.mjs";
import { complete, unpacked } from "./memory";
import { Network, type Description } from "./network";
import { inflated } from "./payload";
// @ts-expect-error It is a text.
import START from "./start.py";

interface Payloads { [name: string]: string } // base64 of gzip

interface Job { id: number; request: object; stopped: boolean }

const jobs: Job[] = [];
let session: any = null;
let running = false;

// Python from the memory that ../memory.mjs made: it has started before.
async function loadPython(payloads: Payloads): Promise<any> {
  const module = WebAssembly.compileStreaming(inflated(payloads["pyodide.asm.wasm"], "application/wasm"));
  const memory = unpacked(new Uint8Array(await inflated(payloads["memory.bin"]).arrayBuffer()));
  // Pyodide asks for its files by address; they are here.
  globalThis.fetch = async (address: RequestInfo | URL) => {
    const name = String(address).split("/").pop() ?? "";
    return payloads[name] ? inflated(payloads[name]) : new Response(null, { status: 404 });
  };
  WebAssembly.instantiateStreaming = async (_, imports) => {
    const instance = await WebAssembly.instantiate(await module, imports);
    complete(memory, (instance.exports.memory as WebAssembly.Memory).buffer);
    return { instance, module: await module };
  };
  return loadPyodide({
    indexURL: "sealed:/",
    stdLibURL: "sealed:/python_stdlib.zip",
    lockFileContents: JSON.stringify({ info: { abi_version: "2026_0", arch: "wasm32", platform: "emscripten", python: "3.14.2" }, packages: {} }),
    checkAPIVersion: false,
    createPyodideModule,
    packageBaseUrl: "sealed:/",
    _loadSnapshot: memory,
  } as any);
}

async function start(payloads: Payloads): Promise<void> {
  const about = await inflated(payloads["network.json"]).text();
  const buffer = (name: string): Promise<ArrayBuffer> => inflated(payloads[name]).arrayBuffer();
  const load = async (): Promise<Network> => {
    const [kernel, numbers] = await Promise.all([buffer("kernel.wasm"), buffer("network.bin")]);
    return Network.load(kernel, JSON.parse(about) as Description, new Float32Array(numbers));
  };
  const [python, network, modules, ood] = await Promise.all([
    loadPython(payloads), load(), buffer("dnaviz.bin"), buffer("ood.bin"),
  ]);
  python.registerJsModule("sealed_page", { network, about, ood, modules });
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
