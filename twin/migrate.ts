/** Carries values over to a new generation: entities that stay keep what is known of them. */
import { thresholdOf } from './limits/thresholds.ts';
import { MISSING } from './state/quality.ts';
import type { Twin } from './twin.ts';

export function migrate(from: Twin, to: Twin) {
  const { state } = from;
  const targets = targetsOf(from, to);
  for (const { signal, kind, firstCell, firstEntity, count } of state.columns) {
    const column = to.state.ensureColumn(signal, kind);
    for (let i = 0; i < count; i++) {
      const cell = firstCell + i;
      const entity = targets[firstEntity + i];
      if (state.quality[cell] === MISSING || entity < 0) continue;
      const target = column.firstCell + entity - column.firstEntity;
      to.state.put(target, state.values[cell], state.timeAt(cell), state.quality[cell]);
    }
  }
}

/** Entity of the same id in the new generation, or -1: gone, or now another kind of thing. */
function targetsOf(from: Twin, to: Twin): Int32Array {
  return Int32Array.from(from.topology.ids, (id, i) => {
    const entity = to.topology.indexOf(id);
    return entity >= 0 && to.topology.kind[entity] === from.topology.kind[i] ? entity : -1;
  });
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
    to.judge.adopt({ ...breach, limit, entity, threshold });
  }
}
