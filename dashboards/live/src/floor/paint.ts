/**
 * Draws halls, racks and what stands beside them. Detail comes with size: a small rack is a
 * coloured cell, a larger one has its number, then its name too.
 */
import { formatAge, formatValue, ratioText, valueText } from '../format.ts';
import { CELL_CURRENT, CELL_MISSING, CELL_STALE, type Cells } from './cells.ts';
import type { Box, Glyph, Plan } from './layout.ts';
import type { Palette } from './palette.ts';
import { canRelate } from './signals.ts';
import type { Size, Viewport } from './viewport.ts';

export type Badge = 'info' | 'warning' | 'critical';

export interface Scene {
  readonly plan: Plan;
  /** Slot in the cells of each rack of the plan. */
  readonly slots: Int32Array;
  readonly view: Viewport;
  readonly canvas: Size;
  readonly palette: Palette;
  readonly cells: Cells | undefined;
  readonly badges: ReadonlyMap<string, { readonly worst: Badge; readonly count: number }>;
}

const NUMBER_FROM_PX = 22;
const NAME_FROM_PX = 34;
const HATCH_PX = 5;

/** `r1-k03` is `k03` where there is no room for more. */
const shortName = (title: string) => title.slice(title.lastIndexOf('-') + 1);

export function screenBox(view: Viewport, box: Box): Box {
  return {
    x: box.x * view.scale + view.left,
    y: box.y * view.scale + view.top,
    width: box.width * view.scale,
    height: box.height * view.scale,
  };
}

const isVisible = (box: Box, canvas: Size) =>
  box.x < canvas.width && box.y < canvas.height && box.x + box.width > 0 && box.y + box.height > 0;

const hatches = new Map<string, CanvasPattern | null>();

function hatchOf(context: CanvasRenderingContext2D, colour: string): CanvasPattern | string {
  if (!hatches.has(colour)) {
    const tile = new OffscreenCanvas(HATCH_PX, HATCH_PX);
    const pen = tile.getContext('2d')!;
    pen.strokeStyle = colour;
    pen.lineWidth = 1.2;
    pen.beginPath();
    for (const at of [-HATCH_PX, 0, HATCH_PX]) {
      pen.moveTo(at, HATCH_PX);
      pen.lineTo(at + HATCH_PX, 0);
    }
    pen.stroke();
    hatches.set(colour, context.createPattern(tile, 'repeat'));
  }
  return hatches.get(colour) ?? colour;
}

export function paintFloor(context: CanvasRenderingContext2D, scene: Scene): void {
  const { plan, view, canvas, palette } = scene;
  context.fillStyle = palette.ground;
  context.fillRect(0, 0, canvas.width, canvas.height);
  for (const hall of plan.halls) paintHall(context, scene, screenBox(view, hall), hall.title);
  if (view.scale > 16) for (const row of plan.rows) paintRowName(context, scene, row, row.title);
  for (const glyph of plan.glyphs) paintGlyph(context, scene, glyph);
  paintRacks(context, scene);
  for (const rack of plan.racks) {
    const badge = scene.badges.get(rack.id);
    if (badge) paintBadge(context, scene, screenBox(view, rack), badge);
  }
}

function paintHall(
  context: CanvasRenderingContext2D,
  { palette, view }: Scene,
  box: Box,
  title: string,
): void {
  context.beginPath();
  context.roundRect(box.x, box.y, box.width, box.height, Math.min(10, view.scale * 0.2));
  context.fillStyle = palette.hall;
  context.fill();
  context.strokeStyle = palette.line;
  context.lineWidth = 1;
  context.stroke();
  const size = Math.min(13, view.scale * 0.42);
  if (size < 6) return;
  context.fillStyle = palette.muted;
  context.font = `600 ${size}px ${palette.font}`;
  context.textAlign = 'left';
  context.textBaseline = 'middle';
  context.fillText(title, box.x + view.scale * 0.4, box.y + view.scale * 0.4);
}

function paintRowName(
  context: CanvasRenderingContext2D,
  { palette, view }: Scene,
  row: Box,
  title: string,
): void {
  const box = screenBox(view, row);
  context.fillStyle = palette.muted;
  context.font = `${Math.min(11, view.scale * 0.26)}px ${palette.font}`;
  context.textAlign = 'left';
  context.textBaseline = 'top';
  context.fillText(title, box.x + 2, box.y + box.height + 3);
}

/** Colours, then all hatches in one go, since a pattern is slow to take up; then what is written. */
function paintRacks(context: CanvasRenderingContext2D, scene: Scene): void {
  const { plan, view, canvas, palette } = scene;
  const seen: [at: number, box: Box][] = [];
  const hatched: Box[] = [];
  for (let at = 0; at < plan.racks.length; at++) {
    const outer = screenBox(view, plan.racks[at]);
    if (!isVisible(outer, canvas)) continue;
    const box = within(outer);
    seen.push([at, box]);
    if (paintCell(context, scene, at, box) !== CELL_CURRENT) hatched.push(box);
  }
  context.beginPath();
  for (const { x, y, width, height } of hatched) context.rect(x, y, width, height);
  context.fillStyle = hatchOf(context, palette.hatch);
  context.fill();
  for (const [at, box] of seen) paintLabels(context, scene, at, box);
}

/** The cell of a rack, with the gap to its neighbours left free. */
function within({ x, y, width, height }: Box): Box {
  const gap = width > 10 ? Math.min(3, width * 0.06) : width > 4 ? 0.5 : 0;
  return { x: x + gap, y: y + gap, width: width - 2 * gap, height: height - 2 * gap };
}

const stateOf = ({ cells, slots }: Scene, at: number) =>
  cells && slots[at] >= 0 ? cells.states[slots[at]] : CELL_MISSING;

/** @returns its state */
function paintCell(context: CanvasRenderingContext2D, scene: Scene, at: number, box: Box): number {
  const { cells, palette, slots } = scene;
  const state = stateOf(scene, at);
  const slot = slots[at];
  if (!cells || state === CELL_MISSING) context.fillStyle = palette.absent;
  else if (cells.breaches[slot] === 1) context.fillStyle = palette.breach.css;
  else context.fillStyle = palette.ramps[cells.domain.ramp][cells.steps[slot]].css;
  if (state === CELL_STALE) context.globalAlpha = 0.3;
  context.fillRect(box.x, box.y, box.width, box.height);
  context.globalAlpha = 1;
  return state;
}

function paintLabels(context: CanvasRenderingContext2D, scene: Scene, at: number, box: Box): void {
  const { cells, palette, slots } = scene;
  const state = stateOf(scene, at);
  if (state !== CELL_MISSING && cells?.modelled[slots[at]]) {
    dashed(context, palette.text, box.x, box.y, box.width, box.height);
  }
  if (box.width >= NUMBER_FROM_PX) paintRackText(context, scene, at, box, state);
}

function dashed(
  context: CanvasRenderingContext2D,
  colour: string,
  ...[x, y, width, height]: [number, number, number, number]
): void {
  if (width < 8) return;
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.setLineDash([3, 3]);
  context.strokeRect(x + 1.5, y + 1.5, width - 3, height - 3);
  context.setLineDash([]);
}

function paintRackText(
  context: CanvasRenderingContext2D,
  { plan, slots, cells, palette }: Scene,
  at: number,
  box: Box,
  state: number,
): void {
  const slot = slots[at];
  const isPlain = state === CELL_MISSING || state === CELL_STALE || !cells;
  const step = cells && !isPlain ? cells.steps[slot] : 0;
  const swatch = cells?.breaches[slot]
    ? palette.breach
    : palette.ramps[cells?.domain.ramp ?? 'load'][step];
  context.fillStyle = isPlain ? palette.text : swatch.ink;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  const size = Math.min(26, Math.max(9, box.width * 0.3));
  context.font = `600 ${size}px ${palette.font}`;
  const middle = box.x + box.width / 2;
  context.fillText(numberText(cells, slot), middle, box.y + box.height / 2, box.width - 4);
  if (box.width < NAME_FROM_PX) return;
  context.font = `${Math.min(13, Math.max(9, box.width * 0.2))}px ${palette.font}`;
  const name = box.width > 110 ? plan.racks[at].title : shortName(plan.racks[at].title);
  context.fillText(name, middle, box.y + box.height * 0.18, box.width - 4);
  const second = state === CELL_STALE ? staleText(cells, slot) : secondText(cells, slot);
  context.fillText(second, middle, box.y + box.height * 0.83, box.width - 4);
}

/** The number without its unit, which the legend has. */
export function numberText(cells: Cells | undefined, slot: number): string {
  if (!cells || slot < 0 || Number.isNaN(cells.numbers[slot])) return '–';
  const value = cells.numbers[slot];
  if (cells.isRelative) return `${Math.round(value * 100)}%`;
  const { text, unit } = formatValue(cells.signal, value);
  return unit === '%' ? `${text}%` : text;
}

const staleText = (cells: Cells | undefined, slot: number) =>
  cells ? `stale ${formatAge(cells.agesS[slot])}` : 'stale';

/** Beside a part of the limit the value itself, and the other way round. */
function secondText(cells: Cells | undefined, slot: number): string {
  if (!cells || slot < 0 || Number.isNaN(cells.values[slot])) return '';
  if (cells.isRelative) return valueText(cells.signal, cells.values[slot]);
  const limit = cells.limits[slot];
  return cells.compare === 'max' && limit > 0 && canRelate(cells.signal)
    ? ratioText(cells.values[slot] / limit)
    : '';
}

const GLYPH_LETTER: Readonly<Record<string, string>> = { pdu: 'P', crah: 'C', cdu: 'L' };

/** PDUs are squares, CRAHs circles, CDUs drops: told apart without colour. */
function paintGlyph(context: CanvasRenderingContext2D, scene: Scene, glyph: Glyph): void {
  const box = screenBox(scene.view, glyph);
  if (box.width < 4 || !isVisible(box, scene.canvas)) return;
  const round = glyph.kind === 'crah' ? box.width / 2 : box.width * 0.18;
  context.beginPath();
  if (glyph.kind === 'cdu') context.roundRect(box.x, box.y, box.width, box.height, [0, round * 2]);
  else context.roundRect(box.x, box.y, box.width, box.height, round);
  context.strokeStyle = scene.palette.muted;
  context.lineWidth = 1;
  context.stroke();
  if (box.width < 12) return;
  context.fillStyle = scene.palette.muted;
  context.font = `600 ${Math.min(11, box.width * 0.5)}px ${scene.palette.font}`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  const letter = GLYPH_LETTER[glyph.kind] ?? '?';
  context.fillText(letter, box.x + box.width / 2, box.y + box.height / 2 + 0.5);
}

function paintBadge(
  context: CanvasRenderingContext2D,
  { palette, canvas }: Scene,
  box: Box,
  badge: { readonly worst: Badge; readonly count: number },
): void {
  if (!isVisible(box, canvas)) return;
  const size = Math.min(9, Math.max(2.5, box.width * 0.2));
  const x = box.x + box.width - size * 0.75;
  const y = box.y + size * 0.75;
  context.beginPath();
  context.arc(x, y, size, 0, 2 * Math.PI);
  // Dark on light cells and ringed by the severity: seen on every colour a rack may have.
  context.fillStyle = size < 6 ? palette[badge.worst] : palette.hall;
  context.fill();
  context.strokeStyle = size < 6 ? palette.hall : palette[badge.worst];
  context.lineWidth = size < 6 ? 0.5 : 2.5;
  context.stroke();
  if (size < 6) return;
  context.fillStyle = palette[badge.worst];
  context.font = `700 ${size * 1.25}px ${palette.font}`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillText(badge.count > 9 ? '9+' : String(badge.count), x, y + 0.5);
}
