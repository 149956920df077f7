/** Watches revealed values for sensors and hosts that are not what they were. */
import { REPLAY } from '../../tables/trace-replay.ts';

type FindingKind = 'unit' | 'utilUnit' | 'frozen' | 'shift';

/** One thing that was found, and when its first sample was. */
export interface Finding {
  readonly kind: FindingKind;
  readonly fromMs: number;
  readonly what: string;
}

/** How many findings of an entity are kept in words; all are counted. */
const FINDINGS_KEPT = 10;

export interface Gate {
  readonly findings: Finding[];
  readonly counts: Record<FindingKind, number>;
  /** Samples that were converted, and samples of frozen stretches. */
  unitSamples: number;
  frozenSamples: number;
  /** Factor of the newest sample against the entity's first unit. */
  factor: number;
  /** The stretch of equal values that the newest sample is part of. */
  value: number;
  equalCount: number;
  equalFromMs: number;
  equalAtMs: number;
  stepMs: number;
  /** Utilisation that the stretch began with, ratio, and for how long it has been another, ms. */
  load: number;
  movedMs: number;
  frozen: boolean;
  spikes: number;
  /** Samples whose utilisation is beyond its unit: not learnt. */
  utilSpikes: number;
  spikesInRow: number;
  /** Windows in a row that were off in one direction, and what is usual. */
  offWindows: number;
  usualOff: number;
}

export const makeGate = (): Gate => ({
  ...{ findings: [], counts: { unit: 0, utilUnit: 0, frozen: 0, shift: 0 } },
  ...{ unitSamples: 0, frozenSamples: 0, utilSpikes: 0 },
  ...{ factor: 1, value: Number.NaN, equalCount: 0, equalFromMs: 0, equalAtMs: 0, stepMs: 0 },
  ...{ load: 0, movedMs: 0, frozen: false, spikes: 0, spikesInRow: 0 },
  ...{ offWindows: 0, usualOff: 0.05 },
});

function find(gate: Gate, finding: Finding) {
  gate.counts[finding.kind]++;
  if (gate.findings.length < FINDINGS_KEPT) gate.findings.push(finding);
}

/**
 * A value in the entity's first unit: a jump by a thousand out of all that was seen, to where the
 * prediction was but for that factor, is another unit and no other load.
 * @param seen least and largest value learnt so far
 */
export function inFirstUnit(
  gate: Gate,
  { value, expected, atMs }: { value: number; expected: number; atMs: number },
  seen: { min: number; max: number },
): number {
  const factor = unitFactor(value, expected, seen);
  if (factor !== gate.factor) {
    if (factor !== 1) find(gate, { kind: 'unit', fromMs: atMs, what: `values x ${1 / factor}` });
    gate.factor = factor;
  }
  if (factor !== 1) gate.unitSamples++;
  return value * factor;
}

const UNIT = REPLAY.unitFactor.value;
const TOLERANCE = REPLAY.unitTolerance.value;

function unitFactor(value: number, expected: number, { min, max }: { min: number; max: number }) {
  if (!(value > 0 && expected > 0 && max > 0)) return 1;
  if (value * 10 < min) return isNear(value * UNIT, expected) ? UNIT : 1;
  if (value > max * 10) return isNear(value / UNIT, expected) ? 1 / UNIT : 1;
  return 1;
}

const isNear = (value: number, expected: number) =>
  value < expected * TOLERANCE && value * TOLERANCE > expected;

/** Whether a value is far above the largest before it, and has not lasted yet. */
export function isSpike(gate: Gate, value: number, seen: { max: number; learnt: number }): boolean {
  const far = seen.learnt >= SPIKE_NEEDS && value > seen.max * REPLAY.spikeFactor.value;
  gate.spikesInRow = far ? gate.spikesInRow + 1 : 0;
  const spike = far && gate.spikesInRow < REPLAY.spikeCount.value;
  if (spike) gate.spikes++;
  return spike;
}

/** Before so many values nothing is known of the largest. */
const SPIKE_NEEDS = 20;

/**
 * Takes note of a revealed sample; `gate.frozen` then says whether the sensor stands still.
 * @param slope change of value per ratio of utilisation that a live sensor would show
 */
export function watchFrozen(
  gate: Gate,
  { value, load, atMs }: { value: number; load: number; atMs: number },
  slope: number,
) {
  if (value !== gate.value) {
    gate.value = value;
    gate.equalCount = 1;
    gate.equalFromMs = atMs;
    gate.equalAtMs = atMs;
    gate.stepMs = Number.POSITIVE_INFINITY;
    gate.load = load;
    gate.movedMs = 0;
    gate.frozen = false;
    return;
  }
  gate.equalCount++;
  noteMove(gate, load, atMs, slope);
  if (gate.frozen) gate.frozenSamples++;
  else if (standsStill(gate, atMs)) {
    gate.frozen = true;
    gate.frozenSamples += gate.equalCount;
    find(gate, { kind: 'frozen', fromMs: gate.equalFromMs, what: `stays at ${value}` });
  }
}

/**
 * Adds up the time in which power should have moved. Meters are slower than utilisation, and load
 * averages slower than meters, so the first minutes only say what load the stretch began with, and
 * dips of single samples fade. A gap counts as the sample before it did: nobody knows what was in it.
 */
function noteMove(gate: Gate, load: number, atMs: number, slope: number) {
  const passedMs = atMs - gate.equalAtMs;
  const stepMs = passedMs < gate.stepMs ? passedMs : gate.stepMs;
  gate.stepMs = passedMs;
  gate.equalAtMs = atMs;
  const move = load > gate.load ? load - gate.load : gate.load - load;
  if (atMs - gate.equalFromMs < SETTLE_MS) {
    gate.load += ((load - gate.load) * stepMs) / (stepMs + SETTLE_MS / 4);
  } else if (slope * move > REPLAY.frozenMoveRatio.value * gate.value) gate.movedMs += stepMs;
  else if (gate.movedMs > 0) gate.movedMs -= stepMs / 4;
}

const SETTLE_MS = REPLAY.frozenSettleMs.value;
const MOVED_MS = REPLAY.frozenMovedMs.value;

const standsStill = (gate: Gate, atMs: number) =>
  gate.equalCount >= REPLAY.frozenCount.value &&
  atMs - gate.equalFromMs >= REPLAY.frozenMs.value &&
  gate.movedMs >= MOVED_MS;

/**
 * Takes note of how far a revealed window was off from what is usual at its load.
 * @param off sum of revealed over sum of usual values, minus 1
 * @returns whether so many in a row were that what was learnt of the host no longer holds
 */
export function isShift(gate: Gate, off: number): boolean {
  const far = Math.abs(off) > Math.max(REPLAY.shiftRatio.value, 4 * gate.usualOff);
  const sameWay = off > 0 === gate.offWindows > 0;
  if (far) gate.offWindows = sameWay ? gate.offWindows + Math.sign(off) : Math.sign(off);
  else {
    gate.offWindows = 0;
    gate.usualOff += 0.02 * (Math.abs(off) - gate.usualOff);
  }
  if (Math.abs(gate.offWindows) < REPLAY.shiftWindows.value) return false;
  gate.offWindows = 0;
  return true;
}

/** The host is another one from here on. */
export function noteShift(gate: Gate, off: number, fromMs: number) {
  const percent = Math.round(100 * off);
  find(gate, {
    kind: 'shift',
    fromMs,
    what: `${percent > 0 ? '+' : ''}${percent} % at equal load`,
  });
}

/** Utilisation is in another unit from here on. */
export function noteLoadUnit(gate: Gate, fromMs: number, scales: Float64Array) {
  find(gate, { kind: 'utilUnit', fromMs, what: `${scales.join(' and ')} is now full load` });
}
