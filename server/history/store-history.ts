/**
 * The durable history behind the contract that forecasts use. What it is asked for comes from the
 * journal; taking samples is up to whoever writes there.
 */
import { KINDS, type Kind, kindsOf, SIGNAL_INDEX, SIGNALS } from '../../twin/index.ts';
import {
  type History,
  type HistoryQuery,
  type HistorySlice,
  type HistoryStats,
  type ReadSignal,
  stepsOf,
} from './contract.ts';
import type { HistoryStore } from './store/contract.ts';
import { TIER_IDS } from './store/tiers.ts';

interface StoreHistoryOptions {
  /** Puts the present values into the journal. @returns of how many series there is one */
  readonly sample: (nowMs: number, read: ReadSignal) => number;
}

type Entities = Parameters<History['follow']>[0];

/** The store is closed by whoever opened it, with the journal. */
export function storeHistory(store: HistoryStore, { sample }: StoreHistoryOptions): History {
  let kindOf: ReadonlyMap<string, Kind> = new Map();
  let newestMs: number | undefined;
  let series = 0;
  const dropped: Record<string, number> = {};
  const drop = (why: string, count: number) => {
    if (count > 0) dropped[why] = (dropped[why] ?? 0) + count;
  };

  function follow({ ids, kind }: Entities): void {
    const next = new Map(ids.map((id, i) => [id, KINDS[kind[i]].id]));
    drop('forgotten with its entity', [...kindOf.keys()].filter(id => !next.has(id)).length);
    kindOf = next;
  }

  async function range(query: HistoryQuery): Promise<HistorySlice | undefined> {
    const { fromMs, count } = stepsOf(query);
    const { entity, signal, stepMs, aggregate = 'mean' } = query;
    const kind = kindOf.get(entity);
    const row = SIGNAL_INDEX.get(signal);
    if (!kind || row === undefined || !kindsOf(SIGNALS[row]).includes(kind)) return undefined;
    const span = { fromMs, toMs: fromMs + count * stepMs, stepMs };
    const asked = { entities: [entity], signals: [signal], ...span, aggregate };
    const { values } = await store.range(asked);
    // A series that has no value in all of the span is not told from one that never had any.
    return values.every(Number.isNaN) ? undefined : { fromMs, stepMs, values };
  }

  function stats(): HistoryStats {
    const { tiers, bytes, tailBytes, dropped: lost } = store.stats();
    const reach = (fromMs: number | undefined) =>
      fromMs === undefined || newestMs === undefined ? 0 : (newestMs - fromMs) / 1000;
    return {
      series,
      bytes: bytes + tailBytes,
      reachS: Object.fromEntries(TIER_IDS.map(id => [id, reach(tiers[id].fromMs)])),
      ...(newestMs === undefined ? {} : { newestMs }),
      dropped: { ...lost, ...dropped },
    };
  }

  return {
    follow,
    sample(nowMs, read) {
      if (newestMs !== undefined && nowMs < newestMs) {
        drop('clock went back', 1);
        return;
      }
      series = sample(nowMs, read);
      newestMs = nowMs;
    },
    range,
    stats,
    close: async () => {},
  };
}
