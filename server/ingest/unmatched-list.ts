/** The list of what could not be joined, as operators see it. */
import { entitiesOfKind, signalIndex } from '../../twin/index.ts';
import type { UnmatchedReport } from '../identity/unmatched.ts';
import type { LiveTwin } from '../live-twin.ts';
import type { Ingest } from './ingest.ts';
import type { JoinedIngest } from './joined-ingest.ts';

const UNWIRED = signalIndex('unwiredOutletPowerW');
/** What an outlet without a load may read, W. */
const IDLE_OUTLET_W = 5;

export type UnmatchedList = ReturnType<typeof listUnmatched>;

export function listUnmatched(live: LiveTwin, joined: JoinedIngest, limit: number) {
  const { ingest, identity } = joined;
  const { ids } = identity.topology;
  const named = <T extends { entity: number }>(item: T) => ({ ...item, entity: ids[item.entity] });
  const { unmatched, aliases, join } = identity;
  const { entries, samples, overflow, byWhy } = unmatched.totals();
  return {
    items: unmatched.list(limit).map(itemOf),
    totals: { entries, samples, overflow, byWhy },
    unwiredOutlets: unwiredOutlets(live, ingest).slice(0, limit),
    unmapped: joined
      .unmapped()
      .slice(0, limit)
      .map(({ name, samples }) => ({ metric: name, count: samples })),
    learned: aliases.learned().slice(-limit).map(named),
    contradictions: join.contradictions().map(named),
  };
}

const itemOf = ({ firstSeenMs, lastSeenMs, labels, candidates, ...entry }: UnmatchedReport) => ({
  ...entry,
  identity: labels,
  firstAt: new Date(firstSeenMs).toISOString(),
  lastAt: new Date(lastSeenMs).toISOString(),
  candidates: candidates.map(({ entity, kind, name, distance }) => ({
    ...{ id: entity, kind, alias: name, distance },
  })),
});

/** Outlets that carry power although the inventory knows of no cord in them. */
function unwiredOutlets({ twin }: LiveTwin, ingest: Ingest) {
  const { topology, state } = twin;
  return entitiesOfKind(topology, 'pdu').flatMap(pdu => {
    const cell = state.cellOf(UNWIRED, pdu);
    if (cell < 0 || !(state.valueAt(cell) > IDLE_OUTLET_W)) return [];
    return ingest
      .partsOf(cell)
      .filter(({ value }) => value > IDLE_OUTLET_W)
      .map(({ series, value }) => ({ pdu: topology.ids[pdu], series, powerW: value }));
  });
}
