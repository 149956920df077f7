/** Entities: what stands where, of which class, wired to what. */
import { z } from 'zod';
import {
  CONSTANTS,
  KINDS,
  PLANE_IDS,
  type PlaneId,
  pathOf,
  type Topology,
} from '../../../twin/index.ts';
import { listOf, pageQuery, route, select } from '../route.ts';
import { entityOf, pageOf } from '../scope.ts';

const entitySchema = z
  .object({
    id: z.string(),
    kind: z.string(),
    index: z.int().describe('Dense index in this generation, as frames use it.'),
    parent: z.string().nullable(),
    class: z.string().nullable(),
    title: z.string(),
  })
  .loose();

const entities = route({
  method: 'get',
  path: '/api/v1/entities',
  summary: 'Entities, in storage order: kind by kind, outermost first',
  tag: 'entities',
  role: 'viewer',
  query: z.object({
    kind: z.string().optional(),
    under: z.string().optional().describe('Only what stands in this entity.'),
    q: z.string().max(200).optional().describe('Text in the id, title or an alias.'),
    ...pageQuery,
  }),
  answer: listOf(entitySchema).extend({ generation: z.int() }),
  handle({ query }, { live, ingest }) {
    const { topology } = live.twin;
    const wanted = query.q?.toLowerCase();
    const byAlias = wanted === undefined ? new Set<number>() : new Set(ingest.findAlias(wanted));
    const { entities: found, next } = pageOf(
      topology,
      query,
      entity =>
        wanted === undefined ||
        topology.ids[entity].toLowerCase().includes(wanted) ||
        titleOf(topology, entity).toLowerCase().includes(wanted) ||
        byAlias.has(entity),
    );
    const items = found.map(entity => select(describe(topology, entity), query.fields));
    return { items, next, generation: topology.generation };
  },
});

const oneEntity = route({
  method: 'get',
  path: '/api/v1/entities/{id}',
  summary: 'One entity with its parts, class, aliases and wiring',
  tag: 'entities',
  role: 'viewer',
  answer: entitySchema,
  handle({ params }, { live, ingest }) {
    const { topology } = live.twin;
    const entity = entityOf(topology, params.id);
    const hardware = topology.classes[topology.classIndex[entity]];
    return {
      ...describe(topology, entity),
      generation: topology.generation,
      classFacts: hardware ?? null,
      aliases: ingest.aliasesOf(entity),
      children: childrenByKind(topology, entity),
      planes: Object.fromEntries(PLANE_IDS.map(id => [id, wiring(topology, id, entity)])),
      ...(KINDS[topology.kind[entity]].id === 'host' ? { fabric: fabricOf(topology, entity) } : {}),
    };
  },
});

function describe(topology: Topology, entity: number) {
  const parent = topology.parent[entity];
  return {
    id: topology.ids[entity],
    kind: KINDS[topology.kind[entity]].id as string,
    index: entity,
    parent: parent < 0 ? null : topology.ids[parent],
    class: topology.classes[topology.classIndex[entity]]?.id ?? null,
    title: titleOf(topology, entity),
    path: pathOf(topology, entity).map(at => ({
      id: topology.ids[at],
      kind: KINDS[topology.kind[at]].id,
    })),
    attributes: topology.attributes.get(entity) ?? {},
  };
}

const titleOf = (topology: Topology, entity: number) =>
  String(topology.attributes.get(entity)?.title ?? topology.ids[entity]);

function childrenByKind(topology: Topology, entity: number) {
  const children: Record<string, string[]> = {};
  for (let i = topology.childStart[entity]; i < topology.childStart[entity + 1]; i++) {
    const child = topology.childList[i];
    const kind = KINDS[topology.kind[child]].id;
    children[kind] ??= [];
    children[kind].push(topology.ids[child]);
  }
  return children;
}

/** Suppliers with their shares, and what is supplied; containment edges are left out. */
function wiring(topology: Topology, id: PlaneId, entity: number) {
  const plane = topology.planes[id];
  const p = plane.positionOf[entity];
  if (p < 0) return null;
  const idAt = (position: number) => topology.ids[plane.entities[position]];
  const kindAt = (position: number) => KINDS[topology.kind[plane.entities[position]]].id;
  const parents = [];
  for (let e = plane.parentStart[p]; e < plane.parentStart[p + 1]; e++) {
    if (plane.isAccounting[e]) continue;
    const at = plane.parents[e];
    const lengthM = plane.lengthsM[e];
    const latencyS =
      id === 'network' ? { latencyS: lengthM * CONSTANTS.fibreLatencySPerM.value } : {};
    parents.push({ id: idAt(at), kind: kindAt(at), share: plane.shares[e], lengthM, ...latencyS });
  }
  const children = [];
  for (let i = plane.childStart[p]; i < plane.childStart[p + 1]; i++) {
    if (!plane.isAccounting[plane.childEdges[i]]) children.push(idAt(plane.children[i]));
  }
  return { parents, children };
}

function fabricOf(topology: Topology, host: number) {
  const { vertices, edges, numaDistance } = topology.fabric.hostFabric(host);
  return {
    vertices: vertices.map(vertex => ({ ...vertex, index: vertex.entity })),
    edges,
    numaDistance,
    islands: topology.fabric.islands(host).map(island => island.map(gpu => topology.ids[gpu])),
  };
}

export const entityRoutes = [entities, oneEntity];
