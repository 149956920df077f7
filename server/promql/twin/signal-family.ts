/** A signal at a kind of entity: its past from the history, and its present value. */
import { MISSING, readSignal, SIGNALS, type State, UNITS } from '../../../twin/index.ts';
import type { LiveTwin } from '../../live-twin.ts';
import { signalHelp, textLabels } from '../../metrics/signals.ts';
import type { Labels } from '../labels.ts';
import { LOOKBACK_MS } from '../lookup.ts';
import type { RawSeries } from '../series-store.ts';
import {
  eachEntity,
  entityLabels,
  type Family,
  type FamilyQuery,
  fitsAll,
  gauge,
  presentSeries,
  presentTimes,
  type WindowQuery,
} from './family.ts';
import type { Past, PastSamples } from './past.ts';

interface SignalPlace {
  readonly live: LiveTwin;
  readonly past: Past;
  readonly name: string;
  /** Index into `KINDS`, and into `SIGNALS`. */
  readonly kind: number;
  readonly signal: number;
}

export function signalFamily(place: SignalPlace): Family {
  const signal = SIGNALS[place.signal];
  const isText = signal.unit === 'Text';
  return {
    name: place.name,
    help: gauge(signalHelp(signal), UNITS[signal.unit].metric),
    exists: () => hasAny(place),
    select: query => (isText ? textSeries(place, query) : signalSeries(place, query)),
    visit: (query, each) =>
      eachPresent(place, query, (_entity, labels) => {
        each(labels);
      }),
  };
}

const readingOf = ({ live, signal }: SignalPlace, entity: number) =>
  readSignal(live.twin.state, signal, entity);

function isThere(place: SignalPlace, entity: number): boolean {
  const { value, quality } = readingOf(place, entity);
  return quality !== MISSING && Number.isFinite(value);
}

/** The first value of a column is mostly enough to know. */
function hasAny(place: SignalPlace): boolean {
  const { topology, state } = place.live.twin;
  const [first, end] = [topology.kindStart[place.kind], topology.kindStart[place.kind + 1]];
  if (first === end) return false;
  const cell = state.cellOf(place.signal, first);
  if (cell >= 0 && hasQuality(state, cell, end - first)) return true;
  // What a plane works out there is for all of a kind, or for none.
  for (let e = first; e < Math.min(end, first + 100); e++) if (isThere(place, e)) return true;
  return false;
}

function hasQuality({ quality }: State, firstCell: number, count: number): boolean {
  for (let cell = firstCell; cell < firstCell + count; cell++) {
    if (quality[cell] !== MISSING) return true;
  }
  return false;
}

/** Entities that have a value now, with the labels of their series. */
function eachPresent(
  place: SignalPlace,
  query: FamilyQuery,
  each: (entity: number, labels: Labels) => void,
): Promise<void> {
  const labelsOf = labelsAt(place);
  return eachEntity(placeOf(place), query, (entity, others) => {
    if (!isThere(place, entity)) return;
    const labels = labelsOf(entity);
    if (fitsAll(labels, others)) each(entity, labels);
  });
}

const placeOf = ({ live, kind }: SignalPlace) => ({ topology: live.twin.topology, kind });

function labelsAt(place: SignalPlace): (entity: number) => Labels {
  const { topology } = place.live.twin;
  const labelsOf = entityLabels(topology, place.name);
  if (SIGNALS[place.signal].unit !== 'Text') return labelsOf;
  return entity => labelsOf(entity, textLabels(place.live, entity, readingOf(place, entity).value));
}

async function textSeries(place: SignalPlace, query: WindowQuery): Promise<RawSeries[]> {
  const found: RawSeries[] = [];
  const nowMs = place.live.clock.now();
  await eachPresent(place, query, (_entity, labels) => {
    query.budget.addSeries(1);
    found.push(presentSeries(labels, 1, nowMs));
  });
  return found;
}

interface Present {
  readonly entity: number;
  readonly value: number;
  /** Empty: there is no value now. */
  readonly times: readonly number[];
}

async function signalSeries(place: SignalPlace, query: WindowQuery): Promise<RawSeries[]> {
  const labelsOf = labelsAt(place);
  const nowMs = place.live.clock.now();
  const found: Present[] = [];
  await eachEntity(placeOf(place), query, (entity, others) => {
    if (others.length > 0 && !others.every(matcher => matcher.matches(''))) return;
    found.push(presentAt(place, entity, nowMs));
  });
  const old = found.filter(present => needsPast(present, query, nowMs));
  const known = await pastOf(place, old, query, nowMs);
  const series: RawSeries[] = [];
  for (const present of found) {
    const samples = joined(present, known.get(present.entity), query, nowMs);
    if (!samples) continue;
    query.budget.addSeries(1);
    query.budget.addSamples(samples.times.length);
    series.push({ labels: labelsOf(present.entity), ...samples });
    await query.budget.breathe();
  }
  return series;
}

function presentAt(place: SignalPlace, entity: number, nowMs: number): Present {
  const { value, quality, atMs } = readingOf(place, entity);
  const isKnown = quality !== MISSING && Number.isFinite(value);
  return { entity, value, times: isKnown ? presentTimes(atMs, nowMs) : [] };
}

/** Of a question for the present the history knows nothing more. */
function needsPast({ times }: Present, { fromMs, toMs }: WindowQuery, nowMs: number): boolean {
  if (toMs - fromMs > LOOKBACK_MS) return true;
  return times.length > 0 ? toMs < times[0] : toMs < nowMs;
}

async function pastOf(
  { live, past, signal }: SignalPlace,
  wanted: readonly Present[],
  query: WindowQuery,
  nowMs: number,
): Promise<ReadonlyMap<number, PastSamples>> {
  const { fromMs, spacingMs } = query;
  const toMs = Math.min(query.toMs, nowMs);
  if (wanted.length === 0 || toMs < fromMs) return new Map();
  const { ids } = live.twin.topology;
  const samples = await past.samples({
    ...{ entities: wanted.map(({ entity }) => ids[entity]), signal: SIGNALS[signal].id },
    ...{ fromMs, toMs, spacingMs },
  });
  return new Map(wanted.map(({ entity }, i) => [entity, samples[i]]));
}

type Joined = Pick<RawSeries, 'times' | 'values' | 'stale' | 'coarse'>;

/** The past, then the present; where there is a past but no present, the series has ended. */
function joined(
  present: Present,
  past: PastSamples | undefined,
  { fromMs, toMs }: WindowQuery,
  nowMs: number,
): Joined | undefined {
  const before = past?.times ?? new Float64Array(0);
  const lastMs = before.at(-1) ?? Number.NEGATIVE_INFINITY;
  const isWanted = (atMs: number) => atMs > lastMs && atMs >= fromMs && atMs <= toMs;
  const hasEnded = present.times.length === 0 && before.length > 0;
  const added = (hasEnded ? [nowMs] : present.times).filter(isWanted);
  const count = before.length + added.length;
  if (count === 0) return undefined;
  const times = new Float64Array(count);
  const values = new Float64Array(count);
  times.set(before);
  times.set(added, before.length);
  if (past) values.set(past.values);
  values.fill(hasEnded ? Number.NaN : present.value, before.length);
  const { coarse } = past ?? {};
  if (!values.some(Number.isNaN)) return { times, values, ...(coarse ? { coarse } : {}) };
  const stale = Uint8Array.from(values, value => (Number.isNaN(value) ? 1 : 0));
  return { times, values, stale, ...(coarse ? { coarse } : {}) };
}
