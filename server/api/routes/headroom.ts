/** Headroom with its explanation: which limit binds, through which layers, and after which loss. */
import { z } from 'zod';
import {
  type Explanation,
  explain,
  KINDS,
  type Layer,
  PLANE_IDS,
  PLANE_UNITS,
  type Topology,
} from '../../../twin/index.ts';
import { orNull, pastRoute } from '../route.ts';
import { entityOf } from '../scope.ts';

const layer = z.object({
  id: z.string(),
  kind: z.string(),
  share: z.number().describe('Part of what is added at the entity that arrives here.'),
  load: z.number(),
  limit: z.number().nullable().describe('null: none of its own.'),
  headroom: z.number().nullable().describe('Of this layer alone, in its own load.'),
});

const answer = z.object({
  unit: z.string(),
  load: z.number(),
  limit: z.number().nullable(),
  headroom: z.number().nullable().describe('What can be added here; null: no limit above.'),
  headroomN1: z.number().nullable().describe('The same after the worst single loss.'),
  binding: layer.nullable(),
  chain: z.array(layer).describe('From the entity to the layer that binds.'),
  n1: z.object({
    loss: z.string().nullable().describe('What is lost; null: no loss makes it worse.'),
    binding: layer.nullable(),
    chain: z.array(layer).describe('With the loads after that loss.'),
  }),
});

const headroom = pastRoute({
  method: 'get',
  path: '/api/v1/headroom/{id}',
  summary: 'What can still be added at an entity, on each plane, and what says so',
  tag: 'headroom',
  role: 'viewer',
  answer: z.object({
    id: z.string(),
    kind: z.string(),
    planes: z
      .record(z.enum(PLANE_IDS), answer.nullable())
      .describe('null for a plane that the entity is not in.'),
  }),
  handle({ params }, { live }) {
    const { topology, state } = live.twin;
    const entity = entityOf(topology, params.id);
    const planes = PLANE_IDS.map(id => {
      const explanation = explain(state, id, entity);
      return [id, explanation ? present(topology, explanation) : null] as const;
    });
    return {
      id: params.id,
      kind: KINDS[topology.kind[entity]].id,
      planes: Object.fromEntries(planes),
    };
  },
});

function present(topology: Topology, explanation: Explanation) {
  const show = (at: Layer) => ({
    id: topology.ids[at.entity],
    kind: KINDS[topology.kind[at.entity]].id,
    share: at.share,
    load: at.load,
    limit: orNull(at.limit),
    headroom: orNull(at.limit - at.load),
  });
  const chain = explanation.chain.map(show);
  const chainN1 = explanation.chainN1.map(show);
  return {
    unit: PLANE_UNITS[explanation.plane],
    load: chain[0].load,
    limit: chain[0].limit,
    headroom: orNull(explanation.headroom),
    headroomN1: orNull(explanation.headroomN1),
    binding: Number.isFinite(explanation.headroom) ? (chain.at(-1) ?? null) : null,
    chain,
    n1: {
      loss: explanation.loss < 0 ? null : topology.ids[explanation.loss],
      binding: Number.isFinite(explanation.headroomN1) ? (chainN1.at(-1) ?? null) : null,
      chain: chainN1,
    },
  };
}

export const headroomRoutes = [headroom];
