/**
 * The sum over entities, sample by sample. Entities are added up per slot of time, truth and
 * predictions over the same ones. The sum is then a series of its own, as the mean per entity: its
 * experts are its own, the sums of each expert of the entities, and the sum of their mixtures with
 * what that was off by lately, since errors that hosts have in common do not cancel.
 */
import { lowerEnd, upperEnd } from './band.ts';
import { EXPERT_COUNT } from './experts.ts';
import { type Track, usualStepMs } from './rows.ts';
import {
  makePredicted,
  makeSeries,
  mixWindow,
  type Predicted,
  predictWindow,
  revealWindow,
  type Series,
  takeLoads,
} from './series.ts';

/** The entities' mixture as it is, and corrected by the last window and by the last six. */
const CORRECTED = 3;
const EXTRA = EXPERT_COUNT + CORRECTED;

export interface Slots {
  readonly series: Series;
  readonly revealMs: number;
  readonly slotMs: number;
  readonly columns: number;
  readonly size: number;
  /** Sums by slot over the entities whose value is there and was predicted. */
  readonly present: Int32Array;
  readonly truth: Float64Array;
  readonly mixed: Float64Array;
  readonly persistence: Float64Array;
  readonly mean: Float64Array;
  readonly line: Float64Array;
  readonly delta: Float64Array;
  readonly experts: Float64Array;
  readonly utils: Float64Array;
  /** Newest entity in a slot, so that one that reports twice counts once. */
  readonly newest: Int32Array;
  readonly window: Predicted;
  readonly raw: Float64Array;
  entity: number;
  /** Truth over the entities' mixture: in the last window, and steadied. */
  lastOff: number;
  steadyOff: number;
  skipped: number;
}

/** Slots of one reveal: 30 s over a month. With finer samples, the first in a slot counts. */
const SLOTS_MAX = 90_000;

export function makeSlots(tracks: readonly Track[], revealMs: number): Slots {
  const columns = tracks[0]?.utilColumns ?? 0;
  const steps = tracks.map(track => usualStepMs(track.atMs)).filter(step => step > 0);
  steps.sort((a, b) => a - b);
  const usualMs = Math.max(steps[Math.floor(steps.length / 2)] ?? revealMs, revealMs / SLOTS_MAX);
  const slotMs = Math.min(revealMs, usualMs);
  const size = Math.ceil(revealMs / slotMs);
  const row = () => new Float64Array(size);
  return {
    series: makeSeries(columns, { relative: true, extra: EXTRA }),
    ...{ revealMs, slotMs, columns, size, present: new Int32Array(size), truth: row() },
    ...{ mixed: row(), persistence: row(), mean: row(), line: row(), delta: row() },
    experts: new Float64Array(size * EXPERT_COUNT),
    utils: new Float64Array(size * columns),
    newest: new Int32Array(size).fill(-1),
    window: makePredicted(size, columns, EXPERT_COUNT + EXTRA),
    raw: new Float64Array(size * columns),
    ...{ entity: 0, lastOff: 1, steadyOff: 1, skipped: 0 },
  };
}

/** Adds an entity's window, predicted and revealed. `from`: its first sample in the track. */
export function addToSlots(slots: Slots, track: Track, from: number, window: Predicted) {
  const { columns, slotMs, revealMs, newest } = slots;
  const entity = slots.entity++;
  for (let i = 0; i < window.count; i++) {
    const value = window.revealed[i];
    const mixed = window.mixed[i];
    if (Number.isNaN(value) || Number.isNaN(mixed)) continue;
    const slot = Math.floor(
      (window.atMs[i] - Math.floor(window.atMs[i] / revealMs) * revealMs) / slotMs,
    );
    if (newest[slot] === entity) {
      slots.skipped++;
      continue;
    }
    newest[slot] = entity;
    slots.present[slot]++;
    slots.truth[slot] += value;
    slots.mixed[slot] += mixed;
    slots.persistence[slot] += window.persistence[i];
    slots.mean[slot] += window.mean[i];
    slots.line[slot] += window.line[i];
    slots.delta[slot] += window.delta[i];
    const at = slot * EXPERT_COUNT;
    for (let k = 0; k < EXPERT_COUNT; k++) {
      slots.experts[at + k] += window.experts[i * EXPERT_COUNT + k];
    }
    for (let j = 0; j < columns; j++) {
      slots.utils[slot * columns + j] += track.utils[(from + i) * columns + j];
    }
  }
}

/** All entities of the window are added: predicts, scores and learns the sum, and clears. */
export function revealSlots(
  slots: Slots,
  startMs: number,
  onPredicted?: (predicted: Predicted) => void,
) {
  const { series, window, raw } = slots;
  const used = fillWindow(slots, startMs);
  takeLoads(series, window, raw, 0);
  predictWindow(series, window, slots.revealMs);
  used.forEach((slot, i) => {
    addEntities(slots, slot, i);
  });
  mixWindow(series, window);
  onPredicted?.(window);
  for (let i = 0; i < used.length; i++) window.values[i] = slots.truth[used[i]] / window.sizes[i];
  revealWindow(series, window, raw, 0);
  noteOff(slots, used);
  for (const column of [slots.truth, slots.mixed, slots.persistence, slots.mean]) column.fill(0);
  for (const column of [slots.line, slots.delta, slots.experts, slots.utils]) column.fill(0);
  slots.present.fill(0);
  slots.newest.fill(-1);
  slots.entity = 0;
}

/** Slots in which at least half as many entities report as in the best one, as samples. */
function fillWindow(slots: Slots, startMs: number): number[] {
  const { window, present, slotMs, columns, raw } = slots;
  let most = 0;
  for (const count of present) if (count > most) most = count;
  const used: number[] = [];
  for (let slot = 0; slot < slots.size; slot++) {
    const count = present[slot];
    if (count === 0) continue;
    if (count * 2 < most) {
      slots.skipped++;
      continue;
    }
    const i = used.push(slot) - 1;
    window.atMs[i] = startMs + slot * slotMs;
    window.sizes[i] = count;
    for (let j = 0; j < columns; j++)
      raw[i * columns + j] = slots.utils[slot * columns + j] / count;
  }
  window.count = used.length;
  return used;
}

/** What the entities say of a sample, beside the sum's own experts; all per entity. */
function addEntities(slots: Slots, slot: number, i: number) {
  const { window, lastOff, steadyOff } = slots;
  const size = window.sizes[i];
  const own = i * (EXPERT_COUNT + EXTRA);
  let at = own + EXPERT_COUNT;
  for (let k = 0; k < EXPERT_COUNT; k++) {
    window.experts[at++] = slots.experts[slot * EXPERT_COUNT + k] / size;
  }
  const mixed = slots.mixed[slot] / size;
  window.experts[at++] = mixed;
  window.experts[at++] = mixed * lastOff;
  window.experts[at++] = mixed * steadyOff;
  standIn(slots, mixed, i);
  window.persistence[i] = slots.persistence[slot] / size;
  window.mean[i] = slots.mean[slot] / size;
  window.line[i] = slots.line[slot] / size;
  window.delta[i] = slots.delta[slot] / size;
}

/** Before the sum has a past of its own, the entities' mixture speaks for it. */
function standIn({ window, series }: Slots, mixed: number, i: number) {
  if (!Number.isNaN(series.model.anchors[0].value)) return;
  const own = i * (EXPERT_COUNT + EXTRA);
  window.experts.fill(mixed, own, own + EXPERT_COUNT);
  window.contexts[i] = 0;
  window.mixed[i] = mixed;
  window.lower[i] = lowerEnd(series.band, 0, mixed, mixed);
  window.upper[i] = upperEnd(series.band, 0, mixed, mixed);
}

function noteOff(slots: Slots, used: readonly number[]) {
  let [truth, mixed] = [0, 0];
  for (const slot of used) {
    truth += slots.truth[slot];
    mixed += slots.mixed[slot];
  }
  if (!(mixed > 0)) return;
  slots.lastOff = Math.min(2, Math.max(0.5, truth / mixed));
  slots.steadyOff += (slots.lastOff - slots.steadyOff) / 6;
}
