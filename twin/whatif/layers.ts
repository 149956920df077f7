/** Load and headroom of the layers that the changes of a scene reach, before and after. */
import type { Parts } from '../parts.ts';
import { type AfterHeadroom, afterHeadroom } from '../place/after-headroom.ts';
import { marginRows } from '../place/model.ts';
import type { PlaneOverlay } from '../place/plane-overlay.ts';
import type { Scene } from '../place/scene.ts';
import { KINDS } from '../tables/kinds.ts';
import { PLANE_LOADS, PLANE_UNITS } from '../tables/planes.ts';
import { PLANE_IDS, type PlaneId } from '../topology/plane.ts';
import { type AnswerLayer, finite, type Warning } from './answer.ts';

/** The tightest layer of each kind on each plane, sources of the plane first. */
export function* layersOf(scene: Scene): Parts<AnswerLayer[]> {
  const layers: AnswerLayer[] = [];
  for (const id of PLANE_IDS) {
    yield;
    const overlay = id === 'network' ? undefined : scene.overlay[id];
    const after = overlay && (yield* afterHeadroom(overlay));
    yield;
    const tightest = new Map<number, AnswerLayer>();
    let looked = 0;
    for (const p of reachedBy(scene, id, overlay)) {
      if (++looked % LAYERS_A_PART === 0) yield;
      const layer = layerAt(scene, id, p, after);
      const kind = scene.model.topology.kind[scene.state.planes[id].shape.plane.entities[p]];
      const known = tightest.get(kind);
      if (!known || roomOf(layer) < roomOf(known)) tightest.set(kind, layer);
    }
    layers.push(...[...tightest].sort(([a], [b]) => a - b).map(([, layer]) => layer));
  }
  return layers;
}

const LAYERS_A_PART = 5000;

const roomOf = ({ after }: AnswerLayer) =>
  after.headroomN1 ?? after.headroom ?? Number.POSITIVE_INFINITY;

/** Positions whose load or headroom may have changed. */
function reachedBy(scene: Scene, id: PlaneId, overlay: PlaneOverlay | undefined): number[] {
  const before = scene.base.state.planes[id];
  const after = scene.state.planes[id];
  if (before === after) return overlay?.touched.list ?? [];
  const found: number[] = [];
  for (let p = 0; p < before.load.length; p++) {
    const isChanged = before.load[p] !== after.load[p] || before.headroom[p] !== after.headroom[p];
    if (isChanged || overlay?.touched.has(p)) found.push(p);
  }
  return found;
}

function layerAt(
  scene: Scene,
  id: PlaneId,
  p: number,
  overlaid: AfterHeadroom | undefined,
): AnswerLayer {
  const { topology } = scene.model;
  const before = scene.base.state.planes[id];
  const now = scene.state.planes[id];
  const entity = before.shape.plane.entities[p];
  const added = id === 'network' ? 0 : scene.overlay[id].added[p];
  return {
    plane: id,
    kind: KINDS[topology.kind[entity]].id,
    unit: PLANE_UNITS[id],
    entity: topology.ids[entity],
    limit: finite(now.limit[p]),
    before: {
      load: before.load[p],
      headroom: finite(before.headroom[p]),
      headroomN1: finite(before.headroomN1[p]),
    },
    after: {
      load: now.load[p] + added,
      headroom: finite(overlaid?.headroom.get(p) ?? now.headroom[p]),
      headroomN1: finite(overlaid?.headroomN1.get(p) ?? now.headroomN1[p]),
    },
  };
}

/** Soft limits on loads that hold as published and are passed with the changes. */
export function warningsOf(scene: Scene): Warning[] {
  return (['power', 'cooling'] as const).flatMap(id => [
    ...lossWarnings(scene, id),
    ...ratioWarnings(scene, id),
  ]);
}

function lossWarnings(scene: Scene, id: 'power' | 'cooling'): Warning[] {
  if (scene.lost) return [];
  const overlay = scene.overlay[id];
  const [limit] = marginRows(scene.model.limits, id, false);
  if (!limit) return [];
  const { carrier, loss } = overlay.shape.redundancy;
  const { load, slotExtra, shape } = overlay.results;
  const bounds = scene.model.softN1[id];
  const worst = new Map<number, Warning>();
  for (const s of overlay.touchedSlots.list) {
    const p = carrier[s];
    const before = load[p] + slotExtra[s];
    const after = overlay.load(p) + overlay.extra(s);
    if (!(before <= bounds[p] && after > bounds[p])) continue;
    if (after <= (worst.get(p)?.after ?? 0)) continue;
    const at = { before, after, value: bounds[p] };
    worst.set(p, warning(scene, limit.row, shape.plane.entities[p], at));
    const lost = scene.model.topology.ids[shape.plane.entities[loss[s]]];
    worst.set(p, { ...(worst.get(p) as Warning), loss: lost });
  }
  return [...worst.values()];
}

/** Rows such as "load over 95 % of the limit". */
function ratioWarnings(scene: Scene, id: 'power' | 'cooling'): Warning[] {
  const { topology, limits } = scene.model;
  const overlay = scene.overlay[id];
  const rows = limits.filter(l => l.row.kind === 'ratio' && l.row.signal === PLANE_LOADS[id]);
  const { entities } = overlay.shape.plane;
  return overlay.touched.list.flatMap(p => {
    const row = rows.find(l => l.kind === topology.kind[entities[p]]);
    const ratio = row?.byClass[topology.classIndex[entities[p]] + 1];
    if (!row || ratio === undefined) return [];
    const threshold = row.overrides.get(entities[p]) ?? ratio;
    const at = {
      before: overlay.results.load[p],
      after: overlay.load(p),
      value: threshold * overlay.results.limit[p],
    };
    const isNew = at.before <= at.value && at.after > at.value;
    return isNew ? [warning(scene, row.row, entities[p], at)] : [];
  });
}

function warning(
  scene: Scene,
  row: { readonly id: string; readonly title: string },
  entity: number,
  at: { readonly before: number; readonly after: number; readonly value: number },
): Warning {
  const { ids, kind } = scene.model.topology;
  return {
    limit: row.id,
    title: row.title,
    entity: ids[entity],
    kind: KINDS[kind[entity]].id,
    ...at,
    loss: null,
  };
}
