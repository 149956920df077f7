/** Facts that no source measures: they follow from the inventory and the classes in it. */
import type { Marks } from '../state/marks.ts';
import { DERIVED } from '../state/quality.ts';
import type { State } from '../state/state.ts';
import { KIND_INDEX, type Kind } from '../tables/kinds.ts';
import { signalIndex } from '../tables/signals.ts';
import { distanceM } from '../topology/distance.ts';
import { entitiesOfKind } from '../topology/walk.ts';

const AIRFLOW = signalIndex('airflowDirectionCode');
const COPY_DISTANCE = signalIndex('disasterCopyDistanceM');
const AIRFLOW_KINDS: readonly Kind[] = ['host', 'tor', 'eor', 'spine'];
/** Codes of `airflowDirectionCode`. */
const DIRECTIONS = ['frontToRear', 'rearToFront'];

/** Writes them as of `nowMs`; they stay true for as long as the generation stands. */
export function stateInventoryFacts(state: State, marks: Marks, nowMs: number) {
  const { topology } = state;
  for (const kind of AIRFLOW_KINDS) {
    const k = KIND_INDEX[kind];
    for (let e = topology.kindStart[k]; e < topology.kindStart[k + 1]; e++) {
      const own = topology.attributes.get(e)?.airflow;
      const direction = own ?? topology.classes[topology.classIndex[e]]?.traits?.airflow;
      const code = DIRECTIONS.indexOf(String(direction));
      if (code >= 0) marks.set(state.ensureCell(AIRFLOW, e), code, nowMs, DERIVED);
    }
  }
  for (const site of entitiesOfKind(topology, 'site')) {
    copyDistance(state, marks, site, nowMs);
  }
}

/** The site's place and that of its disaster copy, as attributes of the site. */
function copyDistance(state: State, marks: Marks, site: number, nowMs: number) {
  const attributes = state.topology.attributes.get(site) ?? {};
  const { latDeg, lonDeg, copyLatDeg, copyLonDeg } = attributes;
  const [a, b] = [numbers(latDeg, lonDeg), numbers(copyLatDeg, copyLonDeg)];
  if (!a || !b) return;
  marks.set(state.ensureCell(COPY_DISTANCE, site), distanceM(a, b), nowMs, DERIVED);
  // It bears a limit.
  marks.entity(site);
}

function numbers(latDeg: unknown, lonDeg: unknown) {
  return typeof latDeg === 'number' && typeof lonDeg === 'number' ? { latDeg, lonDeg } : undefined;
}
