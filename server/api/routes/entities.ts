/** Entities: what stands where, of which class, wired to what. */
import { z } from 'zod';
import {
  CONSTANTS,
  KINDS,
  MODEL_VERDICTS,
  PLANE_IDS,
  type PlaneId,
  pathOf,
  type Topology,
} from '../../../twin/index.ts';
import { gpuModels, modelRemark } from '../../identity/gpu-models.ts';
import { listOf, pageQuery, route } from '../route.ts';
import { entityOf, pageOf } from '../scope.ts';
import { classFacts, fabric, fabricOf } from './hardware.ts';

const entity = z.object({
  id: z.string(),
  kind: z.string(),
  index: z.int().describe('Dense index in this generation, as frames use it.'),
  parent: z.string().nullable(),
  class: z.string().nullable().describe('Hardware class, where one is known.'),
  title: z.string(),
  path: z
    .array(z.object({ id: z.string(), kind: z.string() }))
    .describe('From the site down to the entity itself.'),
  attributes: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
});

const entities = route({
  method: 'get',
  path: '/api/v1/entities',
  summary: 'Entities, in storage order: kind by kind, outermost first',
  tag: 'entities',
  role: 'viewer',
  query: z.object({
    kind: z.string().optional(),
    under: z.string().optional().describe('Only what stands in this entity, and itself.'),
    q: z.string().max(200).optional().describe('Text in the id, title or an alias.'),
    ...pageQuery,
  }),
  answer: listOf(entity).extend({ generation: z.int() }),
  handle({ query }, { live, ingest }) {
    const { topology } = live.twin;
    const wanted = query.q?.toLowerCase();
    const byAlias = wanted === undefined ? new Set<number>() : new Set(ingest.findAlias(wanted));
    const { entities: found, next } = pageOf(
      topology,
      query,
      at =>
        wanted === undefined ||
        topology.ids[at].toLowerCase().includes(wanted) ||
        titleOf(topology, at).toLowerCase().includes(wanted) ||
        byAlias.has(at),
    );
    const items = found.map(at => describe(topology, at));
    return { items, next, generation: topology.generation };
  },
});

const gpuModelsRoute = route({
  method: 'get',
  path: '/api/v1/gpu-models',
  summary: 'Models that GPUs report, against their classes; what needs a look first',
  tag: 'entities',
  role: 'viewer',
  answer: z.object({
    items: z.array(
      z.object({
        reported: z.string().nullable().describe('As tools print it; null: nothing reports it.'),
        class: z.string().nullable().describe('Of the inventory: its figures and limits are used.'),
        means: z.string().nullable().describe('Class of the catalogue that the name means.'),
        verdict: z.enum(MODEL_VERDICTS),
        gpus: z.int(),
        examples: z.array(z.string()),
        remark: z.string().optional().describe('What an operator should look at.'),
      }),
    ),
    generation: z.int(),
  }),
  handle(_input, { live }) {
    const items = gpuModels(live).map(model => {
      const remark = modelRemark(model);
      return { ...model, examples: [...model.examples], ...(remark ? { remark } : {}) };
    });
    return { items, generation: live.twin.topology.generation };
  },
});

const wires = z.object({
  parents: z.array(
    z.object({
      id: z.string(),
      kind: z.string(),
      share: z.number().describe('Part of the load that arrives there.'),
      lengthM: z.number(),
      latencyS: z.number().optional().describe('Of the network: 5 us a kilometre.'),
    }),
  ),
  children: z.array(z.string()),
});

const oneEntity = route({
  method: 'get',
  path: '/api/v1/entities/{id}',
  summary: 'One entity with its parts, class, aliases and wiring; of a host also its fabric',
  tag: 'entities',
  role: 'viewer',
  answer: entity.extend({
    generation: z.int(),
    classFacts: classFacts.nullable(),
    aliases: z.record(z.string(), z.array(z.string())),
    children: z.record(z.string(), z.array(z.string())).describe('Ids of the parts, by kind.'),
    planes: z.record(z.enum(PLANE_IDS), wires.nullable()),
    fabric: fabric.optional(),
  }),
  handle({ params }, { live, ingest }) {
    const { topology } = live.twin;
    const at = entityOf(topology, params.id);
    return {
      ...describe(topology, at),
      generation: topology.generation,
      classFacts: topology.classes[topology.classIndex[at]] ?? null,
      aliases: ingest.aliasesOf(at),
      children: childrenByKind(topology, at),
      planes: Object.fromEntries(PLANE_IDS.map(id => [id, wiring(topology, id, at)])),
      ...(KINDS[topology.kind[at]].id === 'host' ? { fabric: fabricOf(topology, at) } : {}),
    };
  },
});

function describe(topology: Topology, at: number) {
  const parent = topology.parent[at];
  return {
    id: topology.ids[at],
    kind: KINDS[topology.kind[at]].id as string,
    index: at,
    parent: parent < 0 ? null : topology.ids[parent],
    class: topology.classes[topology.classIndex[at]]?.id ?? null,
    title: titleOf(topology, at),
    path: pathOf(topology, at).map(step => ({
      id: topology.ids[step],
      kind: KINDS[topology.kind[step]].id,
    })),
    attributes: topology.attributes.get(at) ?? {},
  };
}

const titleOf = (topology: Topology, at: number) =>
  String(topology.attributes.get(at)?.title ?? topology.ids[at]);

function childrenByKind(topology: Topology, at: number) {
  const children: Record<string, string[]> = {};
  for (let i = topology.childStart[at]; i < topology.childStart[at + 1]; i++) {
    const child = topology.childList[i];
    const kind = KINDS[topology.kind[child]].id;
    children[kind] ??= [];
    children[kind].push(topology.ids[child]);
  }
  return children;
}

/** Suppliers with their shares, and what is supplied; containment edges are left out. */
function wiring(topology: Topology, id: PlaneId, at: number) {
  const plane = topology.planes[id];
  const p = plane.positionOf[at];
  if (p < 0) return null;
  const idAt = (position: number) => topology.ids[plane.entities[position]];
  const kindAt = (position: number) => KINDS[topology.kind[plane.entities[position]]].id;
  const parents = [];
  for (let e = plane.parentStart[p]; e < plane.parentStart[p + 1]; e++) {
    if (plane.isAccounting[e]) continue;
    const above = plane.parents[e];
    const lengthM = plane.lengthsM[e];
    const latencyS =
      id === 'network' ? { latencyS: lengthM * CONSTANTS.fibreLatencySPerM.value } : {};
    const place = { id: idAt(above), kind: kindAt(above) };
    parents.push({ ...place, share: plane.shares[e], lengthM, ...latencyS });
  }
  const children = [];
  for (let i = plane.childStart[p]; i < plane.childStart[p + 1]; i++) {
    if (!plane.isAccounting[plane.childEdges[i]]) children.push(idAt(plane.children[i]));
  }
  return { parents, children };
}

export const entityRoutes = [entities, oneEntity, gpuModelsRoute];
