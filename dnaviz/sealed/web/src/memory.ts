// Python's memory, as ../memory.mjs packs it.

const PAGE = 4096;

export function unpacked(bytes: Uint8Array): Uint8Array {
  const count = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const memory = new Uint8Array(count * PAGE);
  let at = 4 + count;
  for (let page = 0; page < count; page++) {
    if (!bytes[4 + page]) continue;
    memory.set(bytes.subarray(at, at + PAGE), page * PAGE);
    at += PAGE;
  }
  return memory;
}

// Finish what is held as its difference from the memory before the module runs.
export function complete(memory: Uint8Array, before: ArrayBuffer): void {
  const [, head] = new Uint32Array(memory.buffer, 0, 2);
  const whole = new Uint32Array(memory.buffer, head);
  const first = new Uint32Array(before);
  for (let i = 0; i < whole.length; i++) whole[i] ^= first[i];
}
