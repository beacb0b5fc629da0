// Points as one picture, as figures/raster.py draws them: counted into pixels, a pixel has the mean
// color of its points, and its opacity grows with the logarithm of their number.
const FAINTEST = 0.4; // opacity of a single point where another pixel is full
export const FULL_SIZE = 20_000; // points in view up to which they are drawn in their full size
const DIMMED = 0.06; // opacity of points outside the selection, relative to the others
const BINS = 1024; // of the logarithm of a pixel's number of points
const PER_UNIT = 64;
const MARGIN = 32; // pixels around the picture, from which points reach into it

export type View = { x: number; y: number; scale: number }; // middle of the map in view, pixels a unit

export type Scene = {
  steps: Uint16Array; // x of all points, then y
  frame: [number, number, number, number];
  codes: Uint8Array; // color of each point
  colors: Float32Array; // 256 times red, green, blue, 0-255
  hidden: Uint8Array | null;
  selected: Uint8Array | null;
  size: number; // pixels of the picture
  opacity: number;
};

type Layer = { sums: Float32Array; count: number };

export class Raster {
  private places = new Int32Array(0);
  private readonly layers: Layer[] = [];
  image = new ImageData(1, 1);

  draw(scene: Scene, view: View, width: number, height: number): ImageData {
    if (this.image.width !== width || this.image.height !== height) this.image = new ImageData(width, height);
    const layers = scene.selected ? 2 : 1;
    const counts = this.place(scene, view, width, height);
    for (let i = 0; i < layers; i++) this.count(scene, i, counts[i], width, height);
    this.finish(scene, layers, width, height);
    return this.image;
  }

  // Which pixel of the picture with its margin each point is in, -1 for none; how many are in view.
  private place({ steps, frame, hidden, selected }: Scene, view: View, width: number, height: number): [number, number] {
    const n = steps.length / 2;
    if (this.places.length !== n) this.places = new Int32Array(n);
    const places = this.places;
    const [x0, x1, y0, y1] = frame;
    const wide = width + 2 * MARGIN;
    const high = height + 2 * MARGIN;
    const ax = ((x1 - x0) / 65535) * view.scale;
    const ay = ((y1 - y0) / 65535) * view.scale;
    const bx = (x0 - view.x) * view.scale + width / 2 + MARGIN;
    const by = height / 2 + MARGIN - (y0 - view.y) * view.scale;
    const counts: [number, number] = [0, 0];
    for (let i = 0; i < n; i++) {
      const x = Math.floor(steps[i] * ax + bx);
      const y = Math.floor(by - steps[n + i] * ay);
      if (x < 0 || y < 0 || x >= wide || y >= high || (hidden && hidden[i])) { places[i] = -1; continue; }
      places[i] = y * wide + x;
      counts[selected && !selected[i] ? 1 : 0] += 1;
    }
    return counts;
  }

  private count({ codes, colors, selected, size }: Scene, which: number, points: number, width: number, height: number): void {
    const wide = width + 2 * MARGIN;
    const length = 4 * wide * (height + 2 * MARGIN);
    const layer = (this.layers[which] ??= { sums: new Float32Array(0), count: 0 });
    if (layer.sums.length === length) layer.sums.fill(0);
    else layer.sums = new Float32Array(length);
    layer.count = points;
    const { sums } = layer;
    const { places } = this;
    const smaller = Math.min(1, Math.sqrt(FULL_SIZE / Math.max(points, 1)));
    const disc = discOf(Math.max(size * smaller, 1), wide);
    const last = length - 4;
    for (let i = 0; i < places.length; i++) {
      const place = places[i];
      if (place < 0 || (selected && (selected[i] ? 0 : 1) !== which)) continue;
      const color = 3 * codes[i];
      const red = colors[color];
      const green = colors[color + 1];
      const blue = colors[color + 2];
      for (let k = 0; k < disc.length; k += 2) {
        const at = 4 * (place + disc[k]);
        if (at < 0 || at > last) continue;
        const weight = disc[k + 1];
        sums[at] += weight * red;
        sums[at + 1] += weight * green;
        sums[at + 2] += weight * blue;
        sums[at + 3] += weight;
      }
    }
  }

  private finish({ opacity }: Scene, layers: number, width: number, height: number): void {
    const { data } = this.image;
    const wide = width + 2 * MARGIN;
    const faded = layers > 1;
    const alphas = this.layers.slice(0, layers).map(({ sums }, i) =>
      alphaOf(sums, i === 1 ? DIMMED * 2 : faded ? Math.min(1, opacity + 0.2) : opacity));
    for (let y = 0, to = 0; y < height; y++) {
      let at = 4 * ((y + MARGIN) * wide + MARGIN);
      for (let x = 0; x < width; x++, at += 4, to += 4) {
        let red = 0;
        let green = 0;
        let blue = 0;
        let alpha = 0;
        for (let i = 0; i < layers; i++) {
          const { sums } = this.layers[i];
          const count = sums[at + 3];
          if (count <= 0) continue;
          const own = (count < 1 ? count : 1) * alphas[i][binOf(count)] * (1 - alpha);
          red += (own * sums[at]) / count;
          green += (own * sums[at + 1]) / count;
          blue += (own * sums[at + 2]) / count;
          alpha += own;
        }
        if (alpha > 0) {
          data[to] = red / alpha;
          data[to + 1] = green / alpha;
          data[to + 2] = blue / alpha;
        }
        data[to + 3] = 255 * alpha;
      }
    }
  }
}

// Places of a disc with soft edges from its middle, each with its weight.
function discOf(size: number, wide: number): Float64Array {
  const reach = Math.min(Math.ceil((size - 1) / 2), MARGIN - 1);
  const disc: number[] = [];
  for (let dy = -reach; dy <= reach; dy++) {
    for (let dx = -reach; dx <= reach; dx++) {
      const weight = Math.min(Math.max((size + 1) / 2 - Math.hypot(dx, dy), 0), 1);
      if (weight > 0) disc.push(dy * wide + dx, weight);
    }
  }
  return Float64Array.from(disc);
}

const LOGS = Float32Array.from({ length: 4096 }, (_, count) => Math.log1p(count / 8));

function binOf(count: number): number {
  const log = count < 511 ? LOGS[(count * 8) | 0] : Math.log1p(count);
  const bin = (log * PER_UNIT) | 0;
  return bin < BINS ? bin : BINS - 1;
}

// Opacity by the bin of a pixel's number of points.
function alphaOf(sums: Float32Array, opacity: number): Float32Array {
  const pixels = new Uint32Array(BINS);
  let covered = 0;
  for (let at = 3; at < sums.length; at += 4) {
    if (sums[at] > 0) { pixels[binOf(sums[at])] += 1; covered += 1; }
  }
  let most = BINS - 1;
  for (let left = 0.005 * covered; most > 0 && (left -= pixels[most]) > 0;) most -= 1;
  const crowd = Math.max(most / PER_UNIT, Math.log1p(2));
  return Float32Array.from({ length: BINS }, (_, bin) =>
    (FAINTEST + (1 - FAINTEST) * Math.min(bin / PER_UNIT / crowd, 1)) * opacity);
}
