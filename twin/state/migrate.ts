/** Carries values over to a new generation: entities that stay keep what is known of them. */
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
