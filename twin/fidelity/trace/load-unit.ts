/**
 * The unit of each column of utilisation, as far as seen: 1, 100 (%), then by tens (cores, MHz). A
 * value beyond it is a glitch until others follow; then the unit is another one, or now known better.
 */
import { REPLAY } from '../../tables/trace-replay.ts';
import { doubtLoad, forgetLoad, type HostModel, loadSlope, type Window } from './host-model.ts';
import { binOf, type LoadMap, readMap } from './load-map.ts';

/** Above its scale utilisation is believed a little: turbo, or cores counted otherwise. */
export const RATIO_MAX = 1.5;

/** Between units. */
const FAR = 10;
/** Below this ratio, in what was % before, a load may be a ratio now. */
const SMALL = RATIO_MAX / 100;

/** Whether sample `i` of raw utilisation has a value beyond a known unit. */
export function isGlitch({ columns, scales }: HostModel, raw: Float64Array, i: number): boolean {
  for (let j = 0; j < columns; j++) {
    if (scales[j] > 1 && raw[i * columns + j] > scales[j] * RATIO_MAX) return true;
  }
  return false;
}

function isBeyond({ columns, scales }: HostModel, raw: Float64Array, i: number): boolean {
  for (let j = 0; j < columns; j++) {
    if (raw[i * columns + j] > scales[j] * RATIO_MAX) return true;
  }
  return false;
}

/**
 * Looks at the raw utilisation of a revealed window, and takes another unit where it tells of one.
 * @returns `found` if nothing was known in another unit, `changed` if what was known still holds in
 *   the new one
 */
export function followUnits(
  model: HostModel,
  window: Window,
  raw: Float64Array,
): 'same' | 'found' | 'changed' {
  const raised = raisedScales(model, raw);
  if (raised) return raise(model, window, raw, raised);
  const lowered = loweredScales(model, window, raw);
  if (!lowered) return 'same';
  doubtLoad(model);
  model.scales.set(lowered);
  return 'changed';
}

function raise(model: HostModel, window: Window, raw: Float64Array, scales: Float64Array) {
  const isOf = (i: number) => isBeyond(model, raw, i);
  const off = offInUnit(model, window, raw, { scales, isOf });
  const isKnown = off < REPLAY.utilUnitMatchRatio.value;
  if (isKnown) {
    // Values in the old unit say nothing in the new one.
    for (let i = 0; i < window.count; i++) if (!isOf(i)) window.values[i] = Number.NaN;
  } else {
    for (const { utils } of model.anchors) {
      for (let j = 0; j < utils.length; j++) utils[j] *= model.scales[j] / scales[j];
    }
    forgetLoad(model);
  }
  model.scales.set(scales);
  model.beyond.fill(0);
  return isKnown ? 'changed' : 'found';
}

const nextScale = (scale: number) => scale * (scale === 1 ? 100 : 10);

/** Scales that hold all but single values; undefined if they are as before. */
function raisedScales(model: HostModel, raw: Float64Array): Float64Array | undefined {
  let scales: Float64Array | undefined;
  for (let j = 0; j < model.columns; j++) {
    const scale = model.scales[j];
    let [most, second, beyond, busy] = [0, 0, 0, 0];
    for (let at = j; at < raw.length; at += model.columns) {
      const value = raw[at];
      if (value > 0) busy++;
      if (value <= scale * RATIO_MAX) continue;
      beyond++;
      second = Math.max(second, Math.min(value, most));
      most = Math.max(most, value);
    }
    model.beyond[j] = scale > 1 && beyond === 0 && busy > 0 ? 0 : model.beyond[j] + beyond;
    if (beyond === 0 || model.beyond[j] < REPLAY.beyondCount.value) continue;
    // Of several values the largest may be a glitch among them.
    const reached = second || most;
    if (scale > 1 && reached > FAR * scale * RATIO_MAX && beyond * 2 <= busy) continue;
    scales ??= model.scales.slice();
    while (scales[j] * RATIO_MAX < reached) scales[j] = nextScale(scales[j]);
  }
  return scales;
}

/**
 * Scales by a hundred or more below, if loads have become that small up to the window's end while
 * power stayed where it would be with larger ones.
 */
function loweredScales(model: HostModel, window: Window, raw: Float64Array) {
  const { columns } = model;
  let from = window.count;
  while (from > 0 && isSmall(model, raw, from - 1)) from--;
  const isOf = (i: number) => i >= from;
  const offIn = (of: Float64Array) => offInUnit(model, window, raw, { scales: of, isOf });
  const scales = columns > 0 && from < window.count ? smallScales(model, raw, from) : undefined;
  const isLower =
    scales !== undefined &&
    offIn(scales) < REPLAY.utilUnitMatchRatio.value &&
    offIn(model.scales) > REPLAY.shiftRatio.value;
  model.lower = isLower ? model.lower + window.count - from : 0;
  if (model.lower < REPLAY.lowerCount.value) return undefined;
  model.lower = 0;
  for (let i = 0; i < from; i++) window.values[i] = Number.NaN;
  return scales;
}

function isSmall({ columns, scales }: HostModel, raw: Float64Array, i: number): boolean {
  for (let j = 0; j < columns; j++) if (raw[i * columns + j] > SMALL * scales[j]) return false;
  return true;
}

/** The least scales for samples from one on; undefined where a column is 0 or in ratios already. */
function smallScales({ columns, scales }: HostModel, raw: Float64Array, from: number) {
  const small = new Float64Array(columns).fill(1);
  for (let j = 0; j < columns; j++) {
    let most = 0;
    for (let at = from * columns + j; at < raw.length; at += columns)
      most = Math.max(most, raw[at]);
    while (small[j] * RATIO_MAX < most) small[j] = nextScale(small[j]);
    // A host that hardly works is as well an idle one whose power at idle is another.
    if (most < REPLAY.lowerLeastRatio.value * small[j]) return undefined;
    if (small[j] * 100 > scales[j]) return undefined;
  }
  return small;
}

/** Samples of a window in a unit. */
interface InUnit {
  readonly scales: Float64Array;
  /** Whether a sample counts. */
  readonly isOf: (i: number) => boolean;
}

const isSeen = ({ weight }: LoadMap, bin: number) =>
  weight[bin] > 0 || weight[bin - 1] > 0 || weight[bin + 1] > 0;

/**
 * How far revealed values are from the usual ones at that load, over their mean; infinite where
 * nothing is known, or no load ever moved the value, so that any unit would do.
 */
function offInUnit(
  model: HostModel,
  window: Window,
  raw: Float64Array,
  { scales, isOf }: InUnit,
): number {
  const { columns, min, max, slow } = model;
  if (!(max > REPLAY.utilUnitMovedRatio.value * min)) return Number.POSITIVE_INFINITY;
  const slope = loadSlope(model);
  let [known, off] = [0, 0];
  for (let i = 0; i < window.count; i++) {
    const value = window.values[i];
    if (Number.isNaN(value) || !isOf(i)) continue;
    let load = 0;
    for (let j = 0; j < columns; j++) load += raw[i * columns + j] / scales[j] / columns;
    const bin = binOf(load);
    known += value;
    // At a load that was never seen nothing is usual.
    off += isSeen(slow, bin) ? Math.abs(value - readMap(slow, bin, load, slope)) : value;
  }
  return known > 0 ? off / known : Number.POSITIVE_INFINITY;
}
