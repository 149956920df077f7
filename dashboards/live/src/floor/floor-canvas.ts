/**
 * The two canvases of the floor and the loop that draws them: once per animation frame, and only
 * what changed since the last.
 */
import { named } from '../headroom/words.ts';
import type { Cells } from './cells.ts';
import { listen } from './gestures.ts';
import type { PlacedRack, Plan } from './layout.ts';
import { type Badge, type Marks, paintFloor, paintMarks, type Scene } from './paint.ts';
import type { Palette } from './palette.ts';
import {
  boxAt,
  clamped,
  type Direction,
  fit,
  neighbour,
  panned,
  revealed,
  type Viewport,
  zoomedAt,
} from './viewport.ts';

export interface FloorInput {
  readonly plan: Plan;
  readonly slots: Int32Array;
  readonly palette: Palette;
  readonly cells: Cells | undefined;
  readonly badges: ReadonlyMap<string, { readonly worst: Badge; readonly count: number }>;
  readonly marks: Marks;
}

export interface FloorEvents {
  hover(rack: PlacedRack | undefined): void;
  open(kind: string, id: string): void;
  /** The view moved: what is anchored to racks has to follow. */
  moved(): void;
}

export interface FloorCanvas {
  update(change: Partial<FloorInput>): void;
  fit(): void;
  zoom(factor: number): void;
  /** The rack next to one, or the first. */
  neighbour(from: string | undefined, direction: Direction): PlacedRack | undefined;
  reveal(rack: PlacedRack): void;
  /** Where a rack is on the canvas, in CSS pixels. */
  place(id: string): { x: number; y: number; width: number; height: number } | undefined;
  /** Time of the last drawing of the racks, ms: shown by the tests and nobody else. */
  readonly paintMs: () => number;
  close(): void;
}

export function createFloorCanvas(
  host: HTMLElement,
  first: FloorInput,
  events: FloorEvents,
): FloorCanvas {
  const [base, top] = [...host.querySelectorAll('canvas')];
  const pens = [base, top].map(canvas => canvas.getContext('2d')!);
  let input = first;
  let canvas = { width: host.clientWidth, height: host.clientHeight };
  let view: Viewport = fit(input.plan, canvas);
  let isFitted = true;
  let paintMs = 0;
  let dirty = { base: true, marks: true };
  let request = 0;

  const scene = (): Scene => ({ ...input, view, canvas });
  const draw = () => {
    request = 0;
    const start = performance.now();
    if (dirty.base) paintFloor(pens[0], scene());
    if (dirty.base) paintMs = performance.now() - start;
    if (dirty.base || dirty.marks) paintMarks(pens[1], scene(), input.marks);
    dirty = { base: false, marks: false };
  };
  const schedule = (change: Partial<typeof dirty>) => {
    dirty = { base: dirty.base || !!change.base, marks: dirty.marks || !!change.marks };
    request ||= requestAnimationFrame(draw);
  };
  const look = (next: Viewport, fitted = false) => {
    view = fitted ? next : clamped(next, input.plan, canvas);
    isFitted = fitted;
    schedule({ base: true });
    events.moved();
  };
  const resize = () => {
    canvas = { width: host.clientWidth, height: host.clientHeight };
    for (const [at, one] of [base, top].entries()) {
      one.width = Math.round(canvas.width * devicePixelRatio);
      one.height = Math.round(canvas.height * devicePixelRatio);
      pens[at].setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    }
    look(isFitted ? fit(input.plan, canvas) : view, isFitted);
  };
  const zoomAt = (factor: number, at: { x: number; y: number }) =>
    look(zoomedAt(view, factor, at, fit(input.plan, canvas).scale));
  const stopGestures = listen(host, {
    pan: (dx, dy) => look(panned(view, dx, dy)),
    zoom: zoomAt,
    hover: at => {
      const rack = at && boxAt(input.plan.racks, view, at);
      const glyph = at && !rack ? boxAt(input.plan.glyphs, view, at) : undefined;
      host.title = glyph ? named(glyph.kind, glyph.id) : '';
      host.classList.toggle('is-over', Boolean(rack ?? glyph));
      events.hover(rack);
    },
    click: at => {
      const rack = boxAt(input.plan.racks, view, at);
      const glyph = boxAt(input.plan.glyphs, view, at);
      if (rack) events.open('rack', rack.id);
      else if (glyph) events.open(glyph.kind, glyph.id);
    },
  });
  const observer = new ResizeObserver(resize);
  observer.observe(host);

  return {
    update(change) {
      const isNewPlan = change.plan !== undefined && change.plan !== input.plan;
      input = { ...input, ...change };
      if (isNewPlan && isFitted) look(fit(input.plan, canvas), true);
      const { marks, ...rest } = change;
      schedule({ base: Object.keys(rest).length > 0, marks: marks !== undefined });
    },
    fit: () => look(fit(input.plan, canvas), true),
    zoom: factor => zoomAt(factor, { x: canvas.width / 2, y: canvas.height / 2 }),
    neighbour(from, direction) {
      const rack = input.plan.racks.find(one => one.id === from);
      return rack ? neighbour(input.plan, rack, direction) : input.plan.racks[0];
    },
    reveal: rack => {
      const next = revealed(view, rack, canvas);
      if (next.left !== view.left || next.top !== view.top) look(next);
    },
    place(id) {
      const rack = input.plan.racks.find(one => one.id === id);
      if (!rack) return undefined;
      const size = { width: rack.width * view.scale, height: rack.height * view.scale };
      return { x: rack.x * view.scale + view.left, y: rack.y * view.scale + view.top, ...size };
    },
    paintMs: () => paintMs,
    close() {
      stopGestures();
      observer.disconnect();
      cancelAnimationFrame(request);
    },
  };
}
