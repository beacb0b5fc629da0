// The canvas: what part of the map is in view, its picture, and what the pointer and keys do there.
import { insidePolygon, nearestPoint, xAt, yAt } from "./region";
import { Raster, type Scene, type View } from "./raster";

export type Tool = "lasso" | "box" | "pan";
type At = [number, number];

const REACH = 10; // pixels from a point that still mean it
const FAR = 40; // with the keyboard, from the middle
const LEAST = 8; // pixels across: what is smaller is no lasso
const SLOW = 30; // milliseconds of a picture, beyond which the last one is moved until the hand rests
const REST = 90;
const PRINTED = 2.5; // pixels of a file for each on screen
const SVG = "http://www.w3.org/2000/svg";

export class MapView {
  tool: Tool = "lasso";
  private readonly picture = document.createElement("canvas");
  scene: Scene | null = null;
  focus = -1;
  lastMs = 0; // of the last picture
  private readonly raster = new Raster();
  private view: View = { x: 0, y: 0, scale: 1 };
  private pictured: View = { x: 0, y: 0, scale: 1 };
  private path: At[] = [];
  private pressed: At | null = null;
  private panning: At | null = null;
  private readonly pointers = new Map<number, At>();
  private asked = 0;
  private resting = 0;
  private hovering = 0;

  onSelect: (rows: number[], add: boolean) => void = () => {};
  onPick: (row: number) => void = () => {};
  onHover: (row: number, at: At) => void = () => {};
  onClear: () => void = () => {};

  constructor(private readonly canvas: HTMLCanvasElement, private readonly over: SVGElement) {
    new ResizeObserver(() => this.resize()).observe(canvas);
    this.listen();
  }

  get width(): number { return this.canvas.clientWidth; }
  get height(): number { return this.canvas.clientHeight; }
  private get fine(): number { return Math.min(globalThis.devicePixelRatio || 1, 2); }

  // Drawing -------------------------------------------------------------------------------------

  fit(): void {
    if (!this.scene || !this.width) return;
    const [x0, x1, y0, y1] = this.scene.frame;
    const scale = Math.min(this.width / ((x1 - x0) * 1.08 || 1), this.height / ((y1 - y0) * 1.08 || 1));
    this.view = { x: (x0 + x1) / 2, y: (y0 + y1) / 2, scale };
    this.redraw();
  }

  private resize(): void {
    if (!this.width) return;
    const first = this.canvas.dataset.drawn === undefined;
    this.canvas.width = Math.round(this.width * this.fine);
    this.canvas.height = Math.round(this.height * this.fine);
    if (first) this.fit();
    else { this.paint(); this.redraw(); }
  }

  // Once the page has a moment; while the map moves and pictures take long, the last one moves.
  redraw(moving = false): void {
    if (moving && this.lastMs > SLOW) {
      this.paint();
      clearTimeout(this.resting);
      this.resting = window.setTimeout(() => this.redraw(), REST);
      return;
    }
    cancelAnimationFrame(this.asked);
    this.asked = requestAnimationFrame(() => this.draw());
  }

  draw(): void {
    if (!this.scene || !this.width) return;
    const start = performance.now();
    this.pictureOn(this.picture, this.fine);
    this.pictured = { ...this.view };
    this.lastMs = performance.now() - start;
    this.canvas.dataset.milliseconds = this.lastMs.toFixed(1);
    this.canvas.dataset.drawn = String(Number(this.canvas.dataset.drawn ?? 0) + 1);
    this.paint();
  }

  // What is in view, finer than on screen, for print.
  snapshot(): HTMLCanvasElement {
    const canvas = document.createElement("canvas");
    this.pictureOn(canvas, PRINTED);
    return canvas;
  }

  private pictureOn(canvas: HTMLCanvasElement, fine: number): void {
    const scene = { ...this.scene!, size: this.scene!.size * fine };
    canvas.width = Math.round(this.width * fine);
    canvas.height = Math.round(this.height * fine);
    const image = this.raster.draw(scene, { ...this.view, scale: this.view.scale * fine }, canvas.width, canvas.height);
    canvas.getContext("2d")!.putImageData(image, 0, 0);
  }

  private paint(): void {
    const pen = this.canvas.getContext("2d")!;
    const { fine, view, pictured } = this;
    const [width, height] = [this.canvas.width, this.canvas.height];
    const by = view.scale / pictured.scale;
    pen.clearRect(0, 0, width, height);
    pen.drawImage(
      this.picture,
      width / 2 + ((pictured.x - view.x) * view.scale * fine) - (by * this.picture.width) / 2,
      height / 2 - ((pictured.y - view.y) * view.scale * fine) - (by * this.picture.height) / 2,
      by * this.picture.width, by * this.picture.height,
    );
    this.paintOver();
  }

  private paintOver(): void {
    const shapes: Element[] = [];
    const shape = (name: string, values: Record<string, string | number>): void => {
      const one = document.createElementNS(SVG, name);
      for (const [key, value] of Object.entries(values)) one.setAttribute(key, String(value));
      shapes.push(one);
    };
    if (this.path.length > 1) shape("polygon", { points: this.outlined().map((at) => at.map(Math.round).join()).join(" ") });
    if (this.scene && this.focus >= 0) {
      const [x, y] = this.spotOf(this.focus);
      shape("circle", { cx: x, cy: y, r: 12 });
    }
    if (this.canvas.matches(":focus-visible")) {
      const [x, y] = [this.width / 2, this.height / 2];
      shape("path", { d: `M${x - 9} ${y}h18M${x} ${y - 9}v18` });
    }
    this.over.replaceChildren(...shapes);
  }

  // Where things are ----------------------------------------------------------------------------

  spotOf(row: number): At {
    const { steps, frame } = this.scene!;
    return [
      this.width / 2 + (xAt(steps, frame, row) - this.view.x) * this.view.scale,
      this.height / 2 - (yAt(steps, frame, row) - this.view.y) * this.view.scale,
    ];
  }

  private onMap([x, y]: At): At {
    return [this.view.x + (x - this.width / 2) / this.view.scale, this.view.y - (y - this.height / 2) / this.view.scale];
  }

  private near(at: At, reach = REACH): number {
    if (!this.scene) return -1;
    const { steps, frame, hidden } = this.scene;
    return nearestPoint(steps, frame, this.onMap(at), reach / this.view.scale, hidden);
  }

  zoom(by: number, [x, y]: At = [this.width / 2, this.height / 2]): void {
    const [mapX, mapY] = this.onMap([x, y]);
    const scale = Math.min(Math.max(this.view.scale * by, 1e-12), 1e15);
    this.view = { x: mapX - (x - this.width / 2) / scale, y: mapY + (y - this.height / 2) / scale, scale };
    this.redraw(true);
  }

  private move(dx: number, dy: number): void {
    this.view.x -= dx / this.view.scale;
    this.view.y += dy / this.view.scale;
    this.redraw(true);
  }

  // Brings a point into view that is not.
  reveal(row: number): void {
    const [x, y] = this.spotOf(row);
    if (x < 0 || y < 0 || x > this.width || y > this.height) this.move(this.width / 2 - x, this.height / 2 - y);
  }

  // Pointer and keys ----------------------------------------------------------------------------

  private outlined(): At[] {
    if (this.tool === "lasso") return this.path;
    const [[x0, y0], [x1, y1]] = [this.path[0], this.path[this.path.length - 1]];
    return [[x0, y0], [x1, y0], [x1, y1], [x0, y1]];
  }

  private listen(): void {
    const { canvas } = this;
    const spot = (event: MouseEvent): At => {
      const box = canvas.getBoundingClientRect();
      return [event.clientX - box.left, event.clientY - box.top];
    };
    canvas.addEventListener("pointerdown", (event) => {
      this.pointers.set(event.pointerId, spot(event));
      canvas.setPointerCapture(event.pointerId);
      this.path = [];
      this.pressed = null;
      if (this.pointers.size > 1) return; // two fingers move and zoom
      if (event.button === 1 || this.tool === "pan") this.panning = spot(event);
      else if (event.button === 0) this.path = [spot(event)];
      if (event.button === 0) this.pressed = spot(event);
    });
    canvas.addEventListener("pointermove", (event) => {
      const at = spot(event);
      if (this.pointers.size > 1) this.pinch(event.pointerId, at);
      else if (this.panning) {
        this.move(at[0] - this.panning[0], at[1] - this.panning[1]);
        this.panning = at;
      } else if (this.path.length) {
        const moves = event.getCoalescedEvents?.() ?? [];
        for (const one of moves.length ? moves : [event]) this.path.push(spot(one));
        this.paintOver();
      }
      if (this.pressed && Math.hypot(at[0] - this.pressed[0], at[1] - this.pressed[1]) > 4) this.pressed = null;
      this.onHover(-1, at);
      clearTimeout(this.hovering);
      if (!event.buttons) this.hovering = window.setTimeout(() => this.onHover(this.near(at), at), 40);
    });
    canvas.addEventListener("pointerup", (event) => this.release(spot(event), event));
    const cancel = (event: PointerEvent): void => {
      this.pointers.delete(event.pointerId);
      this.path = [];
      this.panning = this.pressed = null;
      this.paintOver();
    };
    canvas.addEventListener("pointercancel", cancel);
    canvas.addEventListener("pointerleave", () => { clearTimeout(this.hovering); this.onHover(-1, [0, 0]); });
    canvas.addEventListener("dblclick", () => this.onClear());
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0015)), spot(event));
    }, { passive: false });
    canvas.addEventListener("keydown", (event) => this.key(event));
    for (const kind of ["focus", "blur"]) canvas.addEventListener(kind, () => this.paintOver());
  }

  private pinch(id: number, at: At): void {
    const [other] = [...this.pointers].filter(([one]) => one !== id).map(([, place]) => place);
    const before = this.pointers.get(id);
    this.pointers.set(id, at);
    if (!before || !other) return;
    this.move((at[0] - before[0]) / 2, (at[1] - before[1]) / 2);
    const apart = (one: At): number => Math.max(Math.hypot(one[0] - other[0], one[1] - other[1]), 1);
    this.zoom(apart(at) / apart(before), [(at[0] + other[0]) / 2, (at[1] + other[1]) / 2]);
  }

  private release(at: At, event: PointerEvent): void {
    this.pointers.delete(event.pointerId);
    const span = (axis: 0 | 1): number => {
      const values = this.path.map((one) => one[axis]);
      return Math.max(...values) - Math.min(...values);
    };
    const wide = this.path.length > 1 && (span(0) > LEAST || span(1) > LEAST);
    const corners = wide ? this.outlined().map((one) => this.onMap(one)) : [];
    const pressed = this.pressed;
    this.path = [];
    this.panning = this.pressed = null;
    this.paintOver();
    if (wide && this.scene) {
      const { steps, frame, hidden } = this.scene;
      this.onSelect(insidePolygon(steps, frame, corners, hidden), event.shiftKey);
    } else if (pressed) {
      const row = this.near(at);
      if (row >= 0) this.onPick(row);
    }
  }

  private key(event: KeyboardEvent): void {
    const step = event.shiftKey ? 150 : 40;
    const keys: Record<string, () => void> = {
      ArrowLeft: () => this.move(step, 0), ArrowRight: () => this.move(-step, 0),
      ArrowUp: () => this.move(0, step), ArrowDown: () => this.move(0, -step),
      "+": () => this.zoom(1.3), "=": () => this.zoom(1.3), "-": () => this.zoom(1 / 1.3), "0": () => this.fit(),
      Escape: () => this.onClear(),
      Enter: () => { const row = this.near([this.width / 2, this.height / 2], FAR); if (row >= 0) this.onPick(row); },
    };
    const act = keys[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  }
}
