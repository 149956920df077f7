/** The floor on its canvases: what is shown, which part of it, and what the pointer does to it. */
import { named } from '../headroom/words.ts';
import type { Cells } from './cells.ts';
import { type GestureTarget, listen } from './gestures.ts';
import { createLayers } from './layers.ts';
import type { Box, PlacedRack, Plan } from './layout.ts';
import { type Badge, paintFloor, type Scene } from './paint.ts';
import { type Marks, paintMarks } from './paint-marks.ts';
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

interface FloorEvents {
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
  place(id: string): Box | undefined;
  close(): void;
}

/** What is shown now; one object, so that the parts below see the same. */
interface Stage {
  input: FloorInput;
  view: Viewport;
  /** The view shows everything, and shall go on doing so. */
  isFitted: boolean;
}

export function createFloorCanvas(
  host: HTMLElement,
  first: FloorInput,
  events: FloorEvents,
): FloorCanvas {
  const stage: Stage = { input: first, view: { scale: 1, left: 0, top: 0 }, isFitted: true };
  const scene = (): Scene => ({ ...stage.input, view: stage.view, canvas: layers.size() });
  const layers = createLayers(host, {
    base: pen => paintFloor(pen, scene()),
    marks: pen => paintMarks(pen, scene(), stage.input.marks),
    resized: () => look(stage.isFitted ? fitted() : stage.view, stage.isFitted),
  });
  const fitted = () => fit(stage.input.plan, layers.size());
  const look = (next: Viewport, isFitted = false) => {
    stage.view = isFitted ? next : clamped(next, stage.input.plan, layers.size());
    stage.isFitted = isFitted;
    layers.schedule({ base: true });
    events.moved();
  };
  const zoomAt = (factor: number, at: { x: number; y: number }) =>
    look(zoomedAt(stage.view, factor, at, fitted().scale));
  stage.view = fitted();
  const stopGestures = listen(host, {
    pan: (dx, dy) => look(panned(stage.view, dx, dy)),
    zoom: zoomAt,
    ...pointing(host, stage, events),
  });
  return {
    update(change) {
      const isNewPlan = change.plan !== undefined && change.plan !== stage.input.plan;
      stage.input = { ...stage.input, ...change };
      if (isNewPlan && stage.isFitted) look(fitted(), true);
      const { marks, ...rest } = change;
      layers.schedule({ base: Object.keys(rest).length > 0, marks: marks !== undefined });
    },
    fit: () => look(fitted(), true),
    zoom: factor => zoomAt(factor, middleOf(layers.size())),
    neighbour(from, direction) {
      const rack = stage.input.plan.racks.find(one => one.id === from);
      return rack ? neighbour(stage.input.plan, rack, direction) : stage.input.plan.racks[0];
    },
    reveal(rack) {
      const next = revealed(stage.view, rack, layers.size());
      if (next.left !== stage.view.left || next.top !== stage.view.top) look(next);
    },
    place: id => placeOf(stage, id),
    close() {
      stopGestures();
      layers.close();
    },
  };
}

const middleOf = ({ width, height }: { width: number; height: number }) => ({
  x: width / 2,
  y: height / 2,
});

function placeOf({ input, view }: Stage, id: string): Box | undefined {
  const rack = input.plan.racks.find(one => one.id === id);
  if (!rack) return undefined;
  const size = { width: rack.width * view.scale, height: rack.height * view.scale };
  return { x: rack.x * view.scale + view.left, y: rack.y * view.scale + view.top, ...size };
}

/** Racks have a card of their own; of PDUs, CRAHs and CDUs the browser shows the name. */
function pointing(
  host: HTMLElement,
  stage: Stage,
  events: FloorEvents,
): Pick<GestureTarget, 'hover' | 'click'> {
  return {
    hover(at) {
      const { plan } = stage.input;
      const rack = at && boxAt(plan.racks, stage.view, at);
      const glyph = at && !rack ? boxAt(plan.glyphs, stage.view, at) : undefined;
      host.title = glyph ? named(glyph.kind, glyph.id) : '';
      host.classList.toggle('is-over', Boolean(rack ?? glyph));
      events.hover(rack);
    },
    click(at) {
      const { plan } = stage.input;
      const rack = boxAt(plan.racks, stage.view, at);
      const glyph = boxAt(plan.glyphs, stage.view, at);
      if (rack) events.open('rack', rack.id);
      else if (glyph) events.open(glyph.kind, glyph.id);
    },
  };
}
