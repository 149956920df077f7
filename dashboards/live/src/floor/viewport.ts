/** Zoom and pan: which part of the plan (metres) is on which part of the canvas (CSS pixels). */
import type { Box, PlacedRack, Plan } from './layout.ts';

export interface Viewport {
  /** Pixels per metre. */
  readonly scale: number;
  readonly left: number;
  readonly top: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

const PAD_PX = 20;
const MAX_SCALE = 420;

/** The whole plan, centred. */
export function fit(plan: Size, canvas: Size): Viewport {
  const scale = Math.min(
    MAX_SCALE / 3,
    Math.max(1, canvas.width - 2 * PAD_PX) / plan.width,
    Math.max(1, canvas.height - 2 * PAD_PX) / plan.height,
  );
  return {
    scale,
    left: (canvas.width - plan.width * scale) / 2,
    top: (canvas.height - plan.height * scale) / 2,
  };
}

/** Keeps the plan within reach: at least a part of it stays on the canvas. */
export function clamped(view: Viewport, plan: Size, canvas: Size): Viewport {
  const keepX = Math.min(canvas.width, plan.width * view.scale) * 0.3;
  const keepY = Math.min(canvas.height, plan.height * view.scale) * 0.3;
  return {
    scale: view.scale,
    left: between(view.left, keepX - plan.width * view.scale, canvas.width - keepX),
    top: between(view.top, keepY - plan.height * view.scale, canvas.height - keepY),
  };
}

const between = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));

/** Zooms about a point of the canvas, never further out than half of what fits. */
export function zoomedAt(
  view: Viewport,
  factor: number,
  at: { x: number; y: number },
  fitScale: number,
): Viewport {
  const scale = between(view.scale * factor, fitScale * 0.5, Math.max(MAX_SCALE, fitScale));
  const grown = scale / view.scale;
  return {
    scale,
    left: at.x - (at.x - view.left) * grown,
    top: at.y - (at.y - view.top) * grown,
  };
}

export const panned = (view: Viewport, dx: number, dy: number): Viewport => ({
  scale: view.scale,
  left: view.left + dx,
  top: view.top + dy,
});

/** Moves as little as needed to bring a box onto the canvas, with a margin of half its size. */
export function revealed(view: Viewport, box: Box, canvas: Size): Viewport {
  const margin = (box.width * view.scale) / 2 + 8;
  const left = box.x * view.scale + view.left;
  const top = box.y * view.scale + view.top;
  const dx = shift(left - margin, left + box.width * view.scale + margin, canvas.width);
  const dy = shift(top - margin, top + box.height * view.scale + margin, canvas.height);
  return panned(view, dx, dy);
}

const shift = (from: number, to: number, size: number) =>
  from < 0 ? -from : to > size ? size - to : 0;

/** The box under a point of the canvas. */
export function boxAt<T extends Box>(
  boxes: readonly T[],
  view: Viewport,
  at: { x: number; y: number },
): T | undefined {
  const x = (at.x - view.left) / view.scale;
  const y = (at.y - view.top) / view.scale;
  return boxes.find(
    box => x >= box.x && x < box.x + box.width && y >= box.y && y < box.y + box.height,
  );
}

export type Direction = 'left' | 'right' | 'up' | 'down';

const STEP: Readonly<Record<Direction, readonly [dx: number, dy: number]>> = {
  left: [-1, 0],
  right: [1, 0],
  up: [0, -1],
  down: [0, 1],
};

/** The nearest rack in a direction; sideways distance counts double, so that rows hold. */
export function neighbour(
  plan: Plan,
  from: PlacedRack,
  direction: Direction,
): PlacedRack | undefined {
  const [dx, dy] = STEP[direction];
  let best: PlacedRack | undefined;
  let bestCost = Number.POSITIVE_INFINITY;
  for (const rack of plan.racks) {
    const x = rack.x - from.x;
    const y = rack.y - from.y;
    const along = x * dx + y * dy;
    const across = Math.abs(x * dy) + Math.abs(y * dx);
    const cost = along + 2 * across;
    if (along > 0.01 && along >= across * 0.5 && cost < bestCost) [best, bestCost] = [rack, cost];
  }
  return best;
}
