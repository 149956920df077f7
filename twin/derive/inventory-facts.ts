/** Facts that no source measures: they follow from the inventory and the classes in it. */
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
export function stateInventoryFacts(state: State, nowMs: number) {
  const { topology } = state;
  for (const kind of AIRFLOW_KINDS) {
    const k = KIND_INDEX[kind];
    for (let e = topology.kindStart[k]; e < topology.kindStart[k + 1]; e++) {
      const own = topology.attributes.get(e)?.airflow;
      const direction = own ?? topology.classes[topology.classIndex[e]]?.traits?.airflow;
      const code = DIRECTIONS.indexOf(String(direction));
      if (code >= 0) put(state, AIRFLOW, e, code, nowMs);
    }
  }
  for (const site of entitiesOfKind(topology, 'site')) copyDistance(state, site, nowMs);
}

/** The site's place and that of its disaster copy, as attributes of the site. */
function copyDistance(state: State, site: number, nowMs: number) {
  const attributes = state.topology.attributes.get(site) ?? {};
  const { latDeg, lonDeg, copyLatDeg, copyLonDeg } = attributes;
  const [a, b] = [numbers(latDeg, lonDeg), numbers(copyLatDeg, copyLonDeg)];
  if (a && b) put(state, COPY_DISTANCE, site, distanceM(a, b), nowMs);
}

function numbers(latDeg: unknown, lonDeg: unknown) {
  return typeof latDeg === 'number' && typeof lonDeg === 'number' ? { latDeg, lonDeg } : undefined;
}

function put(state: State, signal: number, entity: number, value: number, atMs: number) {
  const cell = state.ensureCell(signal, entity);
  state.put(cell, value, atMs, DERIVED);
}
