// A convolution without padding, in WebAssembly's vectors: all that the network is made of.
//
// x (in, xRow) and y (out, yRow) are rows of float32. Weights are packed by four outputs:
// [out / 4][in][tap][4]. Rows may be read up to 8 columns beyond `width`; what is written there is
// of no use.
export function convolve(
  x: usize, weights: usize, bias: usize, y: usize,
  inputs: i32, outputs: i32, taps: i32, spacing: i32, width: i32, xRow: i32, yRow: i32,
): void {
  const group: usize = (inputs * taps) << 4;
  for (let t: i32 = 0; t < width; t += 8) {
    for (let o: i32 = 0; o < outputs; o += 4) {
      let w = weights + <usize>(o >> 2) * group;
      const b = bias + (<usize>o << 2);
      let a0 = v128.load32_splat(b), a1 = a0;
      let b0 = v128.load32_splat(b, 4), b1 = b0;
      let c0 = v128.load32_splat(b, 8), c1 = c0;
      let d0 = v128.load32_splat(b, 12), d1 = d0;
      for (let i: i32 = 0; i < inputs; i++) {
        let at = x + (<usize>(i * xRow + t) << 2);
        for (let k: i32 = 0; k < taps; k++) {
          const p = v128.load(at), q = v128.load(at, 16);
          let v = v128.load32_splat(w);
          a0 = f32x4.add(a0, f32x4.mul(v, p));
          a1 = f32x4.add(a1, f32x4.mul(v, q));
          v = v128.load32_splat(w, 4);
          b0 = f32x4.add(b0, f32x4.mul(v, p));
          b1 = f32x4.add(b1, f32x4.mul(v, q));
          v = v128.load32_splat(w, 8);
          c0 = f32x4.add(c0, f32x4.mul(v, p));
          c1 = f32x4.add(c1, f32x4.mul(v, q));
          v = v128.load32_splat(w, 12);
          d0 = f32x4.add(d0, f32x4.mul(v, p));
          d1 = f32x4.add(d1, f32x4.mul(v, q));
          w += 16;
          at += <usize>spacing << 2;
        }
      }
      let to = y + (<usize>(o * yRow + t) << 2);
      const row = <usize>yRow << 2;
      v128.store(to, a0);
      v128.store(to, a1, 16);
      to += row;
      v128.store(to, b0);
      v128.store(to, b1, 16);
      to += row;
      v128.store(to, c0);
      v128.store(to, c1, 16);
      to += row;
      v128.store(to, d0);
      v128.store(to, d1, 16);
    }
  }
}

export function free(): usize {
  return __heap_base;
}
