/** Carries values over to a new generation: entities that stay keep what is known of them. */
import { thresholdOf } from '../limits/thresholds.ts';
import { KINDS } from '../tables/kinds.ts';
import type { Twin } from '../twin.ts';
import { MISSING } from './quality.ts';

export function migrate(from: Twin, to: Twin) {
  const { state } = from;
  for (const { signal, kind, firstCell, firstEntity, count } of state.columns) {
    for (let i = 0; i < count; i++) {
      const cell = firstCell + i;
      if (state.quality[cell] === MISSING) continue;
      const entity = to.topology.indexOf(from.topology.ids[firstEntity + i]);
      // An id that has come to mean another kind of thing takes nothing over.
      if (entity < 0 || KINDS[to.topology.kind[entity]] !== KINDS[kind]) continue;
      const target = to.state.ensureCell(signal, entity);
      to.state.cells[2 * target] = state.cells[2 * cell];
      to.state.cells[2 * target + 1] = state.cells[2 * cell + 1];
      to.state.quality[target] = state.quality[cell];
    }
  }
}

/**
 * Carries breaches over, pending and firing ones, with their times. One whose entity is gone, or no
 * longer has the limit, is left behind: whoever shows alerts has to end it.
 */
export function migrateBreaches(from: Twin, to: Twin) {
  for (const breach of from.judge.breaches.values()) {
    const entity = to.topology.indexOf(from.topology.ids[breach.entity]);
    if (entity < 0) continue;
    const limit = to.judge.table.find(
      each => each.row === breach.limit.row && each.kind === to.topology.kind[entity],
    );
    if (!limit) continue;
    const threshold = thresholdOf(limit, to.topology, entity);
    if (Number.isNaN(threshold) && limit.row.kind !== 'uniform') continue;
    to.judge.breaches.set(`${limit.limit}:${entity}`, { ...breach, limit, entity, threshold });
  }
}
