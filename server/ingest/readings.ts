/** Readings of BMCs into the columns: the same judgement that samples get, for single values. */
import {
  ancestorOfKind,
  KIND_INDEX,
  SIGNAL_INDEX,
  SIGNALS,
  type State,
  type Twin,
} from '../../twin/index.ts';
import type { LiveTwin } from '../live-twin.ts';
import type { BmcReading } from './contract.ts';
import type { Owners } from './owners.ts';

type Outcome =
  | 'accepted'
  | 'unknownHost'
  | 'unknownSlot'
  | 'unknownSignal'
  | 'nan'
  | 'range'
  | 'future'
  | 'tooOld'
  | 'otherSource'
  | 'late'
  | 'duplicate';

export interface ReadingContext {
  readonly live: LiveTwin;
  readonly owners: Owners;
  /** Of the source, see `owners.ts`. */
  readonly rank: number;
  readonly nowMs: number;
  readonly maxAheadMs: number;
}

const TOO_OLD_MS = 2 * 3_600_000;

/** Writes one reading of the BMC of `hostId`, or says why not. */
export function takeReading(context: ReadingContext, hostId: string, reading: BmcReading): Outcome {
  const { live, nowMs, maxAheadMs } = context;
  const { twin } = live;
  const host = twin.topology.indexOf(hostId);
  if (host < 0) return 'unknownHost';
  const entity = entityOf(twin, host, reading);
  if (entity < 0) return 'unknownSlot';
  const signal = SIGNAL_INDEX.get(reading.signal);
  if (signal === undefined || !SIGNALS[signal].kinds.includes(reading.kind)) return 'unknownSignal';
  const value =
    typeof reading.value === 'string' ? live.texts.intern(reading.value) : reading.value;
  if (Number.isNaN(value)) return 'nan';
  const [min, max] = SIGNALS[signal].range;
  if (value < min || value > max) return 'range';
  if (reading.atMs > nowMs + maxAheadMs) return 'future';
  if (reading.atMs < nowMs - TOO_OLD_MS) return 'tooOld';
  const cell = twin.state.ensureCell(signal, entity);
  const refusal = refusalOf(context, twin.state, [cell, signal, reading.atMs]);
  if (refusal === undefined) live.write(cell, entity, value, reading.atMs);
  else if (refusal === 'late') live.late(cell, value, reading.atMs);
  return refusal ?? 'accepted';
}

function refusalOf(
  { owners, rank }: ReadingContext,
  state: State,
  [cell, signal, atMs]: [number, number, number],
): Outcome | undefined {
  if (!owners.admits(cell, rank, atMs, 1000 * SIGNALS[signal].staleAfterS)) return 'otherSource';
  if (atMs < state.timeAt(cell)) return 'late';
  return atMs === state.timeAt(cell) ? 'duplicate' : undefined;
}

/** The host itself, what contains it, or its component of a kind by position. */
function entityOf({ topology }: Twin, host: number, reading: BmcReading): number {
  const kind = KIND_INDEX[reading.kind];
  if (topology.kind[host] === kind && reading.slot === undefined) return host;
  const first = firstChild(topology, host, kind);
  if (reading.slot === undefined) {
    return first >= 0 ? first : ancestorOfKind(topology, host, reading.kind);
  }
  const entity = first + reading.slot;
  return first >= 0 && topology.parent[entity] === host && topology.kind[entity] === kind
    ? entity
    : -1;
}

/** Children of one kind are consecutive entities. */
function firstChild(topology: Twin['topology'], entity: number, kind: number): number {
  for (let i = topology.childStart[entity]; i < topology.childStart[entity + 1]; i++) {
    if (topology.kind[topology.childList[i]] === kind) return topology.childList[i];
  }
  return -1;
}
