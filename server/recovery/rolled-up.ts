/**
 * A past instant that the journal no longer reaches: what was measured is read from the roll-ups of
 * the history, and the model works out the rest. The inventory is that of then.
 */
import {
  entitiesOfKind,
  KINDS,
  type Kind,
  MEASURED,
  SIGNALS,
  signalIndex,
  type Topology,
  type Twin,
} from '../../twin/index.ts';
import type { HistoryStore, TierId } from '../history/store/contract.ts';
import type { Inventories } from './inventories.ts';

/** Values of some signals of some entities of one kind; NaN where nothing is known. */
interface RolledUpBlock {
  readonly ids: readonly string[];
  readonly signals: readonly string[];
  /** Entity by entity, signal by signal within one. */
  readonly values: Float64Array;
}

export interface RolledUp {
  /** End of the interval that the values are of. */
  readonly atMs: number;
  readonly tier: TierId;
  /** Key of the inventory that stood. */
  readonly generation: string;
  readonly blocks: readonly RolledUpBlock[];
}

type Store = Pick<HistoryStore, 'range'>;

const STEPS_MS = [15 * 60_000, 60 * 60_000] as const;
const VALUES_A_QUESTION = 2_000_000;

/** The last whole quarter of an hour before the instant, or hour; undefined when neither is kept. */
export async function rolledUpAt(
  store: Store,
  inventories: Pick<Inventories, 'at'>,
  atMs: number,
): Promise<RolledUp | undefined> {
  const { generation, topology } = inventories.at(atMs);
  for (const stepMs of STEPS_MS) {
    const endMs = Math.floor(atMs / stepMs) * stepMs;
    const blocks: RolledUpBlock[] = [];
    let tier: TierId | undefined;
    for (const { id } of KINDS) {
      for (const asked of questions(topology, id)) {
        const span = { fromMs: endMs - stepMs, toMs: endMs, stepMs, aggregate: 'last' as const };
        const { values, spans } = await store.range({ ...asked, ...span });
        if (!values.some(value => !Number.isNaN(value))) continue;
        tier = spans[0]?.tier;
        blocks.push({ ids: asked.entities, signals: asked.signals, values });
      }
    }
    if (tier) return { atMs: endMs, tier, generation, blocks };
  }
  return undefined;
}

interface Asked {
  readonly entities: readonly string[];
  readonly signals: readonly string[];
}

function questions(topology: Topology, kind: Kind): Asked[] {
  const signals = SIGNALS.filter(row => row.kinds.includes(kind) && row.unit !== 'Text');
  if (signals.length === 0) return [];
  const ids = entitiesOfKind(topology, kind).map(entity => topology.ids[entity]);
  const size = Math.max(1, Math.floor(VALUES_A_QUESTION / signals.length));
  const asked: Asked[] = [];
  for (let at = 0; at < ids.length; at += size) {
    asked.push({ entities: ids.slice(at, at + size), signals: signals.map(({ id }) => id) });
  }
  return asked;
}

/** Leaves the model for a tick to work out. */
export function putRolledUp(twin: Twin, { atMs, blocks }: RolledUp): void {
  const { state, topology } = twin;
  for (const { ids, signals, values } of blocks) {
    const indices = signals.map(signalIndex);
    let next = 0;
    for (const id of ids) {
      const entity = topology.indexOf(id);
      for (const signal of indices) {
        const value = values[next++];
        if (entity < 0 || Number.isNaN(value)) continue;
        state.put(state.ensureCell(signal, entity), value, atMs, MEASURED);
      }
    }
  }
  twin.touchAll();
}
