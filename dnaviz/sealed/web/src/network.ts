// The plain classifier: scores of positions and of windows, mutants of a window, gradients.
//
// Features are rows (channels, columns x batch): the batch lies innermost, so that a convolution of
// many short windows is one of a long row with taps farther apart.

interface Kernel {
  memory: WebAssembly.Memory;
  convolve(
    x: number, weights: number, bias: number, y: number, inputs: number, outputs: number,
    taps: number, spacing: number, width: number, xRow: number, yRow: number,
  ): void;
  free(): number; // where memory begins that nothing uses
}

export interface Layer { inputs: number; outputs: number; taps: number; dilation: number; weight: Float32Array; bias: Float32Array }

export interface Description {
  layers: { inputs: number; outputs: number; taps: number; dilation: number }[];
  blocks: number[]; // convolutions of each block, after the stem and before the last two layers
  context: number;
  reach: number;
  temperature: number[][];
  bias: number[][];
}

// Features in the kernel's memory: channels x (columns * batch), `row` floats apart.
interface Rows { at: number; channels: number; columns: number; batch: number; row: number }

interface Packed { weights: number; bias: number; back: number; none: number; inputs: number; outputs: number; taps: number; dilation: number }

interface Stage { layers: Packed[]; step: number; spacing: number; cut: number; isStem: boolean; kernel: number }

const SLACK = 16; // columns that the kernel may read beyond a row
const BATCH = 64;

const gcd = (a: number, b: number): number => (b ? gcd(b, a % b) : a);
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

export class Network {
  private readonly kernel: Kernel;
  private readonly base: number; // where scratch memory begins
  private top: number;
  private readonly stages: Stage[];
  private readonly latent: Packed;
  private readonly output: Packed;
  readonly context: number;
  private readonly spare: number;

  private constructor(kernel: Kernel, private readonly about: Description, values: Float32Array) {
    this.kernel = kernel;
    this.context = about.context;
    this.spare = about.context - about.reach;
    this.top = (kernel.free() + 15) & ~15;
    let at = 0;
    const take = (n: number): Float32Array => values.subarray(at, (at += n));
    const packed = about.layers.map((shape) => {
      const weight = take(shape.outputs * shape.inputs * shape.taps);
      return this.pack({ ...shape, weight, bias: take(shape.outputs) });
    });
    let next = 1;
    const blocks = about.blocks.map((count) => packed.slice(next, (next += count)));
    this.latent = packed[next];
    this.output = packed[next + 1];
    this.stages = [{ layers: [packed[0]], step: 1, spacing: 1, cut: 0, isStem: true, kernel: packed[0].taps }];
    let before = 1;
    blocks.forEach((layers, k) => {
      const spacing = blocks.slice(k).map((b) => b[0].dilation).reduce(gcd);
      const cut = layers.reduce((sum, l) => sum + (l.taps >> 1) * l.dilation, 0);
      const step = spacing / before;
      this.stages.push({ layers, step, spacing, cut, isStem: false, kernel: step * ((2 * cut) / spacing) + 1 });
      before = spacing;
    });
    this.base = this.top;
  }

  static async load(wasm: BufferSource, about: Description, values: Float32Array): Promise<Network> {
    const { instance } = await WebAssembly.instantiate(wasm, { env: { abort() { throw new Error("The kernel stopped."); } } });
    return new Network(instance.exports as unknown as Kernel, about, values);
  }

  private floats(): Float32Array { return new Float32Array(this.kernel.memory.buffer); }

  private allocate(floats: number): number {
    const at = this.top;
    this.top = at + ((4 * (floats + SLACK) + 15) & ~15);
    const pages = Math.ceil((this.top + 64) / 65536) - this.kernel.memory.buffer.byteLength / 65536;
    if (pages > 0) this.kernel.memory.grow(Math.max(pages, 64));
    return at;
  }

  private pack(layer: Layer): Packed {
    const { inputs, outputs, taps, dilation, weight, bias } = layer;
    const even = (outputs + 3) & ~3;
    const evenInputs = (inputs + 3) & ~3;
    const weights = this.allocate(even * inputs * taps);
    const back = this.allocate(evenInputs * outputs * taps);
    const biasAt = this.allocate(even);
    const none = this.allocate(evenInputs);
    const f = this.floats();
    f.fill(0, weights >> 2, (weights >> 2) + even * inputs * taps);
    f.fill(0, back >> 2, (back >> 2) + evenInputs * outputs * taps);
    f.fill(0, none >> 2, (none >> 2) + evenInputs);
    f.fill(0, biasAt >> 2, (biasAt >> 2) + even);
    f.set(bias, biasAt >> 2);
    for (let o = 0; o < outputs; o++) {
      for (let i = 0; i < inputs; i++) {
        for (let k = 0; k < taps; k++) {
          const value = weight[(o * inputs + i) * taps + k];
          f[(weights >> 2) + (((o >> 2) * inputs + i) * taps + k) * 4 + (o & 3)] = value;
          const flipped = taps - 1 - k;
          f[(back >> 2) + (((i >> 2) * outputs + o) * taps + flipped) * 4 + (i & 3)] = value;
        }
      }
    }
    return { weights, bias: biasAt, back, none, inputs, outputs, taps, dilation };
  }

  private rows(channels: number, columns: number, batch: number): Rows {
    const row = ((columns * batch + 7) & ~7) + SLACK;
    return { at: this.allocate(((channels + 3) & ~3) * row), channels, columns, batch, row };
  }

  private convolve(x: Rows, layer: Packed, spacing: number): Rows {
    const distance = layer.dilation / spacing;
    const y = this.rows(layer.outputs, x.columns - (layer.taps - 1) * distance, x.batch);
    this.kernel.convolve(
      x.at, layer.weights, layer.bias, y.at, layer.inputs, layer.outputs, layer.taps,
      distance * x.batch, y.columns * y.batch, x.row, y.row,
    );
    return y;
  }

  // Back through a convolution: one with the taps turned round, over padded slopes.
  private transposed(y: Rows, layer: Packed, spacing: number): Rows {
    const distance = layer.dilation / spacing;
    const wide = this.padded(y, (layer.taps - 1) * distance);
    const x = this.rows(layer.inputs, y.columns + (layer.taps - 1) * distance, y.batch);
    this.kernel.convolve(
      wide.at, layer.back, layer.none, x.at, layer.outputs, layer.inputs, layer.taps,
      distance * y.batch, x.columns * x.batch, wide.row, x.row,
    );
    return x;
  }

  private padded(x: Rows, columns: number): Rows {
    const wide = this.rows(x.channels, x.columns + 2 * columns, x.batch);
    const f = this.floats();
    for (let c = 0; c < x.channels; c++) {
      const to = (wide.at >> 2) + c * wide.row;
      f.fill(0, to, to + wide.row);
      const from = (x.at >> 2) + c * x.row;
      f.copyWithin(to + columns * x.batch, from, from + x.columns * x.batch);
    }
    return wide;
  }

  private relu(x: Rows): Rows {
    const y = this.rows(x.channels, x.columns, x.batch);
    const f = this.floats();
    const from = x.at >> 2, to = y.at >> 2, size = x.channels * x.row;
    for (let i = 0; i < size; i++) { const v = f[from + i]; f[to + i] = v > 0 ? v : 0; }
    return y;
  }

  private mask(slopes: Rows, by: Rows): void {
    const f = this.floats();
    for (let c = 0; c < slopes.channels; c++) {
      const s = (slopes.at >> 2) + c * slopes.row, b = (by.at >> 2) + c * by.row;
      for (let i = 0; i < slopes.columns * slopes.batch; i++) if (!(f[b + i] > 0)) f[s + i] = 0;
    }
  }

  // Add columns `from + k * step` of x to the columns k of y.
  private add(y: Rows, x: Rows, from: number): void {
    const f = this.floats();
    for (let c = 0; c < y.channels; c++) {
      const to = (y.at >> 2) + c * y.row, at = (x.at >> 2) + c * x.row + from * x.batch;
      for (let i = 0; i < y.columns * y.batch; i++) f[to + i] += f[at + i];
    }
  }

  // Every step-th column.
  private thinned(x: Rows, step: number): Rows {
    if (step === 1) return x;
    const y = this.rows(x.channels, Math.ceil(x.columns / step), x.batch);
    const f = this.floats();
    for (let c = 0; c < x.channels; c++) {
      for (let k = 0; k < y.columns; k++) {
        const from = (x.at >> 2) + c * x.row + k * step * x.batch;
        f.copyWithin((y.at >> 2) + c * y.row + k * x.batch, from, from + x.batch);
      }
    }
    return y;
  }

  private block(x: Rows, layers: Packed[], cut: number, spacing: number, kept?: Rows[]): Rows {
    let y = x;
    for (const layer of layers) {
      kept?.push(y);
      y = this.convolve(this.relu(y), layer, spacing);
    }
    this.add(y, x, cut / spacing);
    return y;
  }

  // What only the middle needs: fewer columns where all later taps lie apart.
  private apply(stage: Stage, x: Rows, kept?: Rows[]): Rows {
    if (stage.isStem) return this.convolve(x, stage.layers[0], 1);
    return this.block(this.thinned(x, stage.step), stage.layers, stage.cut, stage.spacing, kept);
  }

  // Raw logits, rows of the three labels.
  private head(x: Rows, kept?: Rows[]): Rows {
    const latents = this.convolve(this.relu(x), this.latent, 1);
    kept?.push(x, latents);
    return this.convolve(this.relu(latents), this.output, 1);
  }

  private factors(missing: number): [number, number] {
    const [value, slope] = this.about.temperature;
    return [Math.exp(-value[0] - slope[0] * missing), Math.exp(-value[1] - slope[1] * missing)];
  }

  private calibrated(raw: number[], missing: number): number[] {
    const [against, favor] = this.factors(missing);
    const [value, slope] = this.about.bias;
    return raw.map((logit, k) => {
      const odds = logit - raw[0];
      const tempered = k ? softplus(odds) * favor - softplus(-odds) * against : 0;
      return tempered + value[k] + slope[k] * missing;
    });
  }

  // ln(p / (1 - p)) of donor and acceptor.
  private logOdds(raw: number[], missing: number): [number, number] {
    const [neither, donor, acceptor] = this.calibrated(raw, missing);
    const against = (site: number, other: number): number =>
      site - (neither + softplus(other - neither));
    return [against(donor, acceptor), against(acceptor, donor)];
  }

  private raw(logits: Rows, column: number): number[] {
    const f = this.floats();
    return [0, 1, 2].map((k) => f[(logits.at >> 2) + k * logits.row + column]);
  }

  private reset(): void { this.top = this.base; }

  // Scores of positions: x (4, w + 2 * context) one-hot -> (2, w).
  scorePositions(x: Float32Array, width: number): Float32Array {
    this.reset();
    const whole = width + 2 * this.context;
    const input = this.rows(4, whole - 2 * this.spare, 1);
    const f = this.floats();
    for (let c = 0; c < 4; c++) {
      f.set(x.subarray(c * whole + this.spare, (c + 1) * whole - this.spare), (input.at >> 2) + c * input.row);
    }
    let y = this.convolve(input, this.stages[0].layers[0], 1);
    for (const stage of this.stages.slice(1)) {
      const top = this.top;
      const made = this.block(y, stage.layers, stage.cut, 1);
      // What the block made takes the place of what it made on the way.
      this.top = top;
      const kept = this.rows(made.channels, made.columns, 1);
      const g = this.floats();
      for (let c = 0; c < made.channels; c++) {
        const from = (made.at >> 2) + c * made.row;
        g.copyWithin((kept.at >> 2) + c * kept.row, from, from + made.row);
      }
      y = kept;
    }
    const logits = this.head(y);
    const size = 2 * this.context + 1;
    const scores = new Float32Array(2 * width);
    let present = 0;
    const column = (j: number): number => x[j] + x[whole + j] + x[2 * whole + j] + x[3 * whole + j];
    for (let j = 0; j < size - 1; j++) present += column(j);
    for (let t = 0; t < width; t++) {
      present += column(t + size - 1);
      const [donor, acceptor] = this.logOdds(this.raw(logits, t), 1 - present / size);
      scores[t] = donor;
      scores[width + t] = acceptor;
      present -= column(t);
    }
    return scores;
  }

  // Windows (n, 4, 2 * context + 1) into rows of the columns that the network sees.
  private windows(x: Float32Array, first: number, count: number): [Rows, number[]] {
    const size = 2 * this.context + 1;
    const input = this.rows(4, size - 2 * this.spare, count);
    const f = this.floats();
    const missing: number[] = [];
    for (let b = 0; b < count; b++) {
      const at = (first + b) * 4 * size;
      let present = 0;
      for (let j = 0; j < 4 * size; j++) present += x[at + j];
      missing.push(1 - present / size);
      for (let c = 0; c < 4; c++) {
        const to = (input.at >> 2) + c * input.row + b;
        for (let t = 0; t < input.columns; t++) f[to + t * count] = x[at + c * size + this.spare + t];
      }
    }
    return [input, missing];
  }

  // Log-odds (n, 2) of the middle of windows (n, 4, 2 * context + 1).
  scoreWindows(x: Float32Array): Float32Array {
    const n = x.length / (4 * (2 * this.context + 1));
    const scores = new Float32Array(2 * n);
    for (let first = 0; first < n; first += BATCH) {
      this.reset();
      const [input, missing] = this.windows(x, first, Math.min(BATCH, n - first));
      const logits = this.head(this.stages.reduce((y, stage) => this.apply(stage, y), input));
      missing.forEach((share, b) => scores.set(this.logOdds(this.raw(logits, b), share), 2 * (first + b)));
    }
    return scores;
  }

  // Log-odds (n, 2) of a window (4, 2 * context + 1), one column changed at a time: only what the
  // change reaches is computed anew, level by level.
  scoreChanges(x: Float32Array, columns: Int32Array, to: Float32Array): Float32Array {
    this.reset();
    const size = 2 * this.context + 1;
    const [input, [share]] = this.windows(x, 0, 1);
    const levels = [input];
    for (const stage of this.stages) levels.push(this.apply(stage, levels[levels.length - 1]));
    const reference = this.raw(this.head(levels[levels.length - 1]), 0);
    const keep = this.top;
    const n = columns.length;
    const scores = new Float32Array(2 * n);
    const absent = (i: number): number => {
      let change = 0;
      for (let c = 0; c < 4; c++) change += x[c * size + columns[i]] - to[4 * i + c];
      return share + change / size;
    };
    const inside: number[] = [];
    for (let i = 0; i < n; i++) {
      const at = columns[i] - this.spare;
      if (at >= 0 && at < input.columns) inside.push(i);
      else scores.set(this.logOdds(reference, absent(i)), 2 * i);
    }
    for (let first = 0; first < inside.length; first += BATCH) {
      this.top = keep;
      const rows = inside.slice(first, first + BATCH);
      let starts = rows.map((i) => columns[i] - this.spare);
      let patch = this.rows(4, 1, rows.length);
      const f = this.floats();
      for (let c = 0; c < 4; c++) rows.forEach((i, b) => { f[(patch.at >> 2) + c * patch.row + b] = to[4 * i + c]; });
      let done = 0;
      while (done < this.stages.length && 2 * patch.columns <= levels[done].columns) {
        const { kernel, step } = this.stages[done];
        const count = Math.floor((patch.columns + kernel - 2) / step) + 1;
        const firsts = starts.map((s) => -Math.floor((kernel - 1 - s) / step));
        const around = this.overlaid(levels[done], firsts.map((s) => s * step), step * (count - 1) + kernel, starts, patch);
        patch = this.apply(this.stages[done], around);
        starts = firsts;
        done += 1;
      }
      let y = this.overlaid(levels[done], rows.map(() => 0), levels[done].columns, starts, patch);
      for (const stage of this.stages.slice(done)) y = this.apply(stage, y);
      const logits = this.head(y);
      rows.forEach((i, b) => scores.set(this.logOdds(this.raw(logits, b), absent(i)), 2 * i));
    }
    return scores;
  }

  // Stretches of a level that begin at `from`, zeros beyond its ends, with patches laid over them.
  private overlaid(level: Rows, from: number[], width: number, starts: number[], patch: Rows): Rows {
    const batch = from.length;
    const made = this.rows(level.channels, width, batch);
    const f = this.floats();
    for (let c = 0; c < level.channels; c++) {
      const source = (level.at >> 2) + c * level.row;
      const over = (patch.at >> 2) + c * patch.row;
      const to = (made.at >> 2) + c * made.row;
      for (let b = 0; b < batch; b++) {
        for (let t = 0; t < width; t++) {
          const column = from[b] + t, inPatch = column - starts[b];
          f[to + t * batch + b] = inPatch >= 0 && inPatch < patch.columns ? f[over + inPatch * batch + b]
            : column >= 0 && column < level.columns ? f[source + column] : 0;
        }
      }
    }
    return made;
  }

  // Log-odds (n) of a site in the middle of windows, and their slopes (n, 4, 2 * context + 1).
  gradients(x: Float32Array, site: number): { scores: Float32Array; slopes: Float32Array } {
    const size = 2 * this.context + 1;
    const n = x.length / (4 * size);
    const scores = new Float32Array(n);
    const slopes = new Float32Array(x.length);
    for (let first = 0; first < n; first += BATCH) {
      this.reset();
      const count = Math.min(BATCH, n - first);
      const [input, missing] = this.windows(x, first, count);
      const kept: Rows[][] = [];
      let y = input;
      const before: Rows[] = [];
      for (const stage of this.stages) {
        before.push(y);
        kept.push([]);
        y = this.apply(stage, y, kept[kept.length - 1]);
      }
      const ends: Rows[] = [];
      const logits = this.head(y, ends);
      let slope = this.rows(3, 1, count);
      const absent = missing.map((share, b) => {
        const raw = this.raw(logits, b);
        scores[first + b] = this.logOdds(raw, share)[site];
        const found = this.slopesOfHead(raw, share, site);
        const f = this.floats();
        found.raw.forEach((value, k) => { f[(slope.at >> 2) + k * slope.row + b] = value; });
        return found.missing;
      });
      for (const [layer, by] of [[this.output, ends[1]], [this.latent, ends[0]]] as const) {
        slope = this.transposed(slope, layer, 1);
        this.mask(slope, by);
      }
      for (let s = this.stages.length - 1; s > 0; s--) {
        slope = this.backThrough(this.stages[s], slope, kept[s], before[s].columns);
      }
      slope = this.transposed(slope, this.stages[0].layers[0], 1);
      const f = this.floats();
      for (let b = 0; b < count; b++) {
        for (let c = 0; c < 4; c++) {
          const to = (first + b) * 4 * size + c * size;
          for (let t = 0; t < size; t++) {
            const column = t - this.spare;
            const own = column >= 0 && column < slope.columns
              ? f[(slope.at >> 2) + c * slope.row + column * count + b] : 0;
            slopes[to + t] = own - absent[b] / size; // a base that is there is not absent
          }
        }
      }
    }
    return { scores, slopes };
  }

  private backThrough(stage: Stage, slope: Rows, kept: Rows[], columns: number): Rows {
    const cut = stage.cut / stage.spacing;
    let y = slope;
    for (let k = stage.layers.length - 1; k >= 0; k--) {
      y = this.transposed(y, stage.layers[k], stage.spacing);
      this.mask(y, kept[k]);
    }
    this.add(y, this.padded(slope, cut), 0);
    if (stage.step === 1) return y;
    const x = this.rows(y.channels, columns, y.batch);
    const f = this.floats();
    for (let c = 0; c < y.channels; c++) {
      const to = (x.at >> 2) + c * x.row;
      f.fill(0, to, to + x.row);
      for (let k = 0; k < y.columns; k++) {
        const from = (y.at >> 2) + c * y.row + k * y.batch;
        f.copyWithin(to + k * stage.step * y.batch, from, from + y.batch);
      }
    }
    return x;
  }

  // Slopes of a site's log-odds by the raw logits, and by the share of absent bases.
  private slopesOfHead(raw: number[], missing: number, site: number): { raw: number[]; missing: number } {
    const logits = this.calibrated(raw, missing);
    const chosen = site + 1, other = 2 - site;
    const share = sigmoid(logits[other] - logits[0]);
    const slope = [share - 1, 0, 0];
    slope[chosen] = 1;
    slope[other] = -share;
    const [against, favor] = this.factors(missing);
    const steep = this.about.temperature[1];
    let byMissing = slope.reduce((sum, s, k) => sum + s * this.about.bias[1][k], 0);
    const found = [0, 0, 0];
    for (const k of [1, 2]) {
      const odds = raw[k] - raw[0];
      const up = sigmoid(odds) * favor, down = sigmoid(-odds) * against;
      found[k] = slope[k] * (up + down);
      found[0] -= found[k];
      byMissing += slope[k] * (softplus(-odds) * against * steep[0] - softplus(odds) * favor * steep[1]);
    }
    return { raw: found, missing: byMissing };
  }
}
