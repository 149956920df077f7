/**
 * XIDs as events. dcgm-exporter shows the last XID as a level that stays until it restarts, and
 * (if switched on) how many there were in the last five minutes: an event is where the one changes
 * or the other grows.
 */
import { faultById, KIND_INDEX, signalIndex, type Tick, type Twin } from '../../twin/index.ts';
import type { SourceEvent } from './contract.ts';

const XID = signalIndex('xidCode');
const RECENT = signalIndex('xidRecentCount');
const GPU = KIND_INDEX.gpu;
/** Of `DCGM_EXP_XID_ERRORS_COUNT`, as the exporter is shipped. */
const WINDOW_MS = 300_000;

/** What was last seen of each GPU, by its position among them. */
interface Seen {
  readonly code: Float64Array;
  readonly count: Float64Array;
  readonly atMs: Float64Array;
}

interface XidWatch {
  /** Looks at the GPUs that changed in a tick. */
  take(twin: Twin, tick: Pick<Tick, 'changed'>): void;
  /** Entities have other numbers from here on. */
  beginGeneration(): void;
}

export function createXidWatch(emit: (event: SourceEvent) => void): XidWatch {
  let seen: Seen | undefined;
  return {
    take(twin, { changed }) {
      const { topology, state } = twin;
      const first = topology.kindStart[GPU];
      const count = topology.kindStart[GPU + 1] - first;
      if (count === 0 || state.cellOf(XID, first) < 0) return;
      seen ??= newSeen(count);
      for (const entity of changed) {
        if (topology.kind[entity] !== GPU) continue;
        const event = look(twin, entity, seen);
        if (event) emit(event);
      }
    },
    beginGeneration() {
      seen = undefined;
    },
  };
}

const newSeen = (count: number): Seen => ({
  code: new Float64Array(count).fill(Number.NaN),
  count: new Float64Array(count).fill(Number.NaN),
  atMs: new Float64Array(count).fill(Number.NaN),
});

function look({ topology, state }: Twin, entity: number, seen: Seen): SourceEvent | undefined {
  const cell = state.cellOf(XID, entity);
  const atMs = state.timeAt(cell);
  const at = entity - topology.kindStart[GPU];
  const before = { code: seen.code[at], count: seen.count[at], atMs: seen.atMs[at] };
  if (Number.isNaN(atMs) || atMs === before.atMs) return undefined;
  const code = state.valueAt(cell);
  const count = recentCount(state, entity, atMs);
  seen.code[at] = code;
  seen.count[at] = count;
  seen.atMs[at] = atMs;
  const isFirst = Number.isNaN(before.code);
  // A code that stood there at the first look may be of last week; a count is of this window.
  const isNew = isFirst ? count > 0 : code !== before.code || count > before.count;
  if (code === 0 || !isNew) return undefined;
  return eventOf(topology.ids[entity], code, [isFirst ? atMs - WINDOW_MS : before.atMs, atMs]);
}

/** The count of the same page; 0 when the series is not there, as when nothing happened lately. */
function recentCount(state: Twin['state'], entity: number, atMs: number): number {
  const cell = state.cellOf(RECENT, entity);
  return cell >= 0 && state.timeAt(cell) === atMs ? state.valueAt(cell) : 0;
}

/** It happened at some time after the sample before and until this one. */
function eventOf(gpu: string, code: number, [afterMs, untilMs]: [number, number]): SourceEvent {
  const fault = faultById(`xid-${code}`);
  const severity = fault?.severity === 'fatal' ? 'critical' : 'warning';
  return {
    source: 'xid',
    entity: gpu,
    atMs: (afterMs + untilMs) / 2,
    uncertaintyMs: (untilMs - afterMs) / 2,
    severity: fault?.effect === 'none' ? 'info' : severity,
    key: `${gpu} ${code} ${untilMs}`,
    text: fault?.title ?? `XID ${code}`,
  };
}
