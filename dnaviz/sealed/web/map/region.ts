// Which points lie inside an outline, or next to a place; as atlas/region.py.
type Frame = [number, number, number, number];
type At = [number, number];

export function xAt(steps: Uint16Array, [x0, x1]: Frame, row: number): number {
  return x0 + (steps[row] / 65535) * (x1 - x0);
}

export function yAt(steps: Uint16Array, [, , y0, y1]: Frame, row: number): number {
  return y0 + (steps[steps.length / 2 + row] / 65535) * (y1 - y0);
}

const STRIPS = 256;

// Rows inside a polygon, closed by itself (even-odd rule). Only the edges that pass a point's height
// are looked at.
export function insidePolygon(steps: Uint16Array, frame: Frame, corners: At[], hidden: Uint8Array | null): number[] {
  if (corners.length < 3) return [];
  const ys = corners.map(([, y]) => y);
  const xs = corners.map(([x]) => x);
  const low = Math.min(...ys);
  const high = Math.max(...ys);
  const left = Math.min(...xs);
  const right = Math.max(...xs);
  const strip = (y: number): number => Math.min(STRIPS - 1, Math.floor(((y - low) / (high - low || 1)) * STRIPS));
  const edges: [At, At][][] = Array.from({ length: STRIPS }, () => []);
  corners.forEach((a, i) => {
    const b = corners[(i + 1) % corners.length];
    if (a[1] === b[1]) return;
    for (let k = strip(Math.min(a[1], b[1])); k <= strip(Math.max(a[1], b[1])); k++) edges[k].push([a, b]);
  });
  const rows: number[] = [];
  const n = steps.length / 2;
  for (let row = 0; row < n; row++) {
    const x = xAt(steps, frame, row);
    const y = yAt(steps, frame, row);
    if (x < left || x > right || y < low || y > high || (hidden && hidden[row])) continue;
    let odd = false;
    for (const [[ax, ay], [bx, by]] of edges[strip(y)]) {
      if (y >= Math.min(ay, by) && y < Math.max(ay, by) && x < ax + (y - ay) * ((bx - ax) / (by - ay))) odd = !odd;
    }
    if (odd) rows.push(row);
  }
  return rows;
}

// The shown point nearest to a place within reach; -1 for none.
export function nearestPoint(steps: Uint16Array, frame: Frame, [atX, atY]: At, reach: number, hidden: Uint8Array | null): number {
  const n = steps.length / 2;
  const [x0, x1, y0, y1] = frame;
  const dx = (x1 - x0) / 65535;
  const dy = (y1 - y0) / 65535;
  let best = -1;
  let least = reach * reach;
  for (let row = 0; row < n; row++) {
    const x = x0 + steps[row] * dx - atX;
    const y = y0 + steps[n + row] * dy - atY;
    const away = x * x + y * y;
    if (away <= least && !(hidden && hidden[row]) && (away < least || best < 0)) { best = row; least = away; }
  }
  return best;
}
