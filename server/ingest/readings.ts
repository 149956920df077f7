/** Readings of BMCs into the columns: the same judgement that samples get, for single values. */
import { ancestorOfKind, KIND_INDEX, SIGNALS, signalIndex, type Twin } from '../../twin/index.ts';
import type { BmcReading } from './contract.ts';

export type Outcome =
  | 'accepted'
  | 'unknownHost'
  | 'unknownSlot'
  | 'unknownSignal'
  | 'notANumber'
  | 'range'
  | 'future'
  | 'tooOld'
  | 'late'
  | 'duplicate';

export interface ReadingContext {
  readonly twin: Twin;
  readonly nowMs: number;
  /** Index of a text in the twin's text table. */
  readonly intern: (text: string) => number;
}

const MAX_AHEAD_MS = 60_000;
const TOO_OLD_MS = 2 * 3_600_000;

/** Writes one reading of the BMC of `hostId`, or says why not. */
export function takeReading(context: ReadingContext, hostId: string, reading: BmcReading): Outcome {
  const { twin, nowMs } = context;
  const { topology, state } = twin;
  const host = topology.indexOf(hostId);
  if (host < 0) return 'unknownHost';
  const entity = entityOf(twin, host, reading);
  if (entity < 0) return 'unknownSlot';
  const signal = signalOf(reading.signal);
  if (signal < 0 || !SIGNALS[signal].kinds.includes(reading.kind)) return 'unknownSignal';
  const value = typeof reading.value === 'string' ? context.intern(reading.value) : reading.value;
  if (Number.isNaN(value)) return 'notANumber';
  const [min, max] = SIGNALS[signal].range;
  if (value < min || value > max) return 'range';
  if (reading.atMs > nowMs + MAX_AHEAD_MS) return 'future';
  if (reading.atMs < nowMs - TOO_OLD_MS) return 'tooOld';
  const cell = state.ensureCell(signal, entity);
  if (reading.atMs < state.timeAt(cell)) return 'late';
  if (reading.atMs === state.timeAt(cell)) return 'duplicate';
  twin.write(cell, entity, value, reading.atMs);
  return 'accepted';
}

function signalOf(id: string): number {
  try {
    return signalIndex(id);
  } catch {
    return -1;
  }
}

/** The host itself, what contains it, or its component of a kind by position. */
function entityOf({ topology }: Twin, host: number, reading: BmcReading): number {
  const kind = KIND_INDEX[reading.kind];
  if (topology.kind[host] === kind && reading.slot === undefined) return host;
  if (reading.slot === undefined) {
    const first = firstChild(topology, host, kind);
    return first >= 0 ? first : ancestorOfKind(topology, host, reading.kind);
  }
  const first = firstChild(topology, host, kind);
  const entity = first + reading.slot;
  return first >= 0 && topology.parent[entity] === host && topology.kind[entity] === kind
    ? entity
    : -1;
}

type Contained = Twin['topology'];

/** Children of one kind are consecutive entities. */
function firstChild(topology: Contained, entity: number, kind: number): number {
  for (let i = topology.childStart[entity]; i < topology.childStart[entity + 1]; i++) {
    if (topology.kind[topology.childList[i]] === kind) return topology.childList[i];
  }
  return -1;
}
