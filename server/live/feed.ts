/**
 * One view of the live state (entities of a kind, some signals) as frames: a snapshot for who comes
 * new, and for everyone else what changed since the frame they saw last. Readers share the work: a
 * frame is encoded once for all who saw the same one before.
 */
import {
  encodeFrame,
  entitiesOfKind,
  type FrameSection,
  KIND_INDEX,
  type Kind,
  MISSING,
  readSignal,
} from '../../twin/index.ts';
import { ProblemError } from '../api/problem.ts';
import { hintFor, knownKind } from '../api/scope.ts';
import { oneSignal } from '../api/values.ts';
import type { LiveTwin } from '../live-twin.ts';

export interface View {
  readonly kind: string;
  /** Entity in which they stand; the whole site unless given. */
  readonly under?: string;
  readonly signals: readonly string[];
}

export interface Feed {
  readonly generation: number;
  /** Of the newest frame. */
  readonly seq: number;
  /**
   * Takes over what the last tick changed.
   * @throws ProblemError when the new generation has no such view.
   */
  advance(): void;
  /** What a reader of frame `seen` lacks; undefined when that is nothing. */
  frameSince(seen: number | undefined): Buffer | undefined;
}

/** Entities times signals of one view. */
const VALUES_MAX = 400_000;
/** A reader further behind gets a snapshot, so that few different frames are encoded a tick. */
const BEHIND_MAX = 64;
/** A value that stays the same is sent again when its time is this much newer: readers show ages. */
const REFRESH_MS = 10_000;

/** What the newest frame says of one signal, by position in the entities. */
interface Column {
  readonly signal: number;
  readonly values: Float32Array;
  readonly timesMs: Float64Array;
  readonly qualities: Uint8Array;
  /** Frame that changed it last. */
  readonly changedBy: Uint32Array;
}

/** @throws ProblemError naming what in the view does not exist. */
export function createFeed(live: LiveTwin, view: View): Feed {
  const signals = signalsOf(view.signals);
  const kind = KIND_INDEX[knownKind(view.kind, 'kind')];
  let seq = firstSeq();
  let snapshotSeq = seq;
  let atMs = live.clock.now();
  let entities = entitiesOf(live, view, signals.length);
  let columns = columnsOf(signals, entities.length);
  let { generation } = live.twin.topology;
  let tick = live.lastTick;
  const encoded = new Map<number | undefined, Buffer>();
  for (const column of columns) update(live, entities, column, seq);

  function follow() {
    entities = entitiesOf(live, view, signals.length);
    columns = columnsOf(signals, entities.length);
    generation = live.twin.topology.generation;
    snapshotSeq = seq + 1;
  }

  return {
    get generation() {
      return generation;
    },
    get seq() {
      return seq;
    },
    advance() {
      const isNew = generation !== live.twin.topology.generation;
      if (!isNew && tick === live.lastTick) return;
      if (isNew) follow();
      tick = live.lastTick;
      atMs = live.clock.now();
      let changes = 0;
      for (const column of columns) changes += update(live, entities, column, seq + 1);
      if (changes === 0 && !isNew) return;
      seq++;
      encoded.clear();
    },
    frameSince(seen) {
      if (seen === seq) return undefined;
      const isKnown = seen !== undefined && seen >= snapshotSeq && seen < seq;
      const since = isKnown && seq - seen <= BEHIND_MAX ? seen : undefined;
      const known = encoded.get(since);
      if (known) return known;
      const sections = columns.map(column => sectionOf(column, { kind, entities, since, atMs }));
      const snapshot = since === undefined;
      const bytes = encodeFrame({ snapshot, generation, seq, atMs, sections });
      const frame = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      encoded.set(since, frame);
      return frame;
    },
  };
}

/**
 * Frames of a view number on from the wall's tenths of seconds, in 31 bits: a frame comes at most
 * every tenth, so the numbers of a later feed of the same view begin above those of an earlier one.
 */
const firstSeq = () => Math.floor(Date.now() / 100) % 2 ** 31;

function signalsOf(ids: readonly string[]): number[] {
  if (ids.length === 0) throw new ProblemError(400, 'signals: name at least one');
  return ids.map(id => oneSignal(id, 'signals'));
}

function entitiesOf({ twin }: LiveTwin, { kind, under }: View, signalCount: number): Uint32Array {
  const { topology } = twin;
  const container = under === undefined ? 0 : topology.indexOf(under);
  if (container < 0) {
    const hint = hintFor(topology, under as string);
    throw new ProblemError(404, `under: there is no entity '${under}'; ${hint}`);
  }
  const found = entitiesOfKind(topology, kind as Kind, container);
  if (found.length * signalCount > VALUES_MAX) {
    const size = `${found.length} entities with ${signalCount} signals`;
    throw new ProblemError(
      400,
      `${size} are more than ${VALUES_MAX} values; narrow it by under, or take fewer signals`,
    );
  }
  return Uint32Array.from(found);
}

const columnsOf = (signals: readonly number[], count: number): Column[] =>
  signals.map(signal => ({
    signal,
    values: new Float32Array(count).fill(Number.NaN),
    timesMs: new Float64Array(count).fill(Number.NaN),
    qualities: new Uint8Array(count),
    changedBy: new Uint32Array(count),
  }));

/** Takes what is new into the column, as part of frame `seq`. @returns how many values that were. */
function update(live: LiveTwin, entities: Uint32Array, column: Column, seq: number): number {
  const { state } = live.twin;
  const { signal, values, timesMs, qualities, changedBy } = column;
  const refreshMs = REFRESH_MS * live.clock.speed;
  let changes = 0;
  for (let i = 0; i < entities.length; i++) {
    const { value, atMs, quality } = readSignal(state, signal, entities[i]);
    const shown = quality === MISSING ? Number.NaN : Math.fround(value);
    const isSame = Object.is(shown, values[i]) && quality === qualities[i];
    const isDated = Number.isNaN(atMs) === Number.isNaN(timesMs[i]);
    if (isSame && isDated && !(atMs - timesMs[i] >= refreshMs)) continue;
    values[i] = shown;
    timesMs[i] = atMs;
    qualities[i] = quality;
    changedBy[i] = seq;
    changes++;
  }
  return changes;
}

interface Wanted {
  readonly kind: number;
  readonly entities: Uint32Array;
  /** Only what changed after this frame; everything unless given. */
  readonly since: number | undefined;
  readonly atMs: number;
}

function sectionOf(column: Column, { kind, entities, since, atMs }: Wanted): FrameSection {
  const { signal, values, timesMs, qualities, changedBy } = column;
  const at: number[] = [];
  for (let i = 0; i < entities.length; i++) {
    if (since === undefined || changedBy[i] > since) at.push(i);
  }
  return {
    signal,
    kind,
    entities: Uint32Array.from(at, i => entities[i]),
    values: Float32Array.from(at, i => values[i]),
    agesS: Float32Array.from(at, i => (atMs - timesMs[i]) / 1000),
    qualities: Uint8Array.from(at, i => qualities[i]),
  };
}
