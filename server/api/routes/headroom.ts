/** Headroom with its explanation: which limit binds, through which layers, and after which loss. */
import { z } from 'zod';
import {
  type Explanation,
  explain,
  KINDS,
  type Layer,
  PLANE_IDS,
  type PlaneId,
  type Topology,
} from '../../../twin/index.ts';
import { route } from '../route.ts';
import { entityOf } from '../scope.ts';

const layer = z.object({
  id: z.string(),
  kind: z.string(),
  share: z.number().describe('Part of what is added at the entity that arrives here.'),
  load: z.number(),
  limit: z.number().nullable(),
  headroom: z.number().nullable(),
});

const answer = z.object({
  unit: z.string(),
  load: z.number(),
  limit: z.number().nullable(),
  headroom: z.number().nullable(),
  headroomN1: z.number().nullable(),
  binding: layer.nullable(),
  chain: z.array(layer),
  n1: z.object({ loss: z.string().nullable(), binding: layer.nullable(), chain: z.array(layer) }),
});

const headroom = route({
  method: 'get',
  path: '/api/v1/headroom/{id}',
  summary: 'What can still be added at an entity, on each plane, and what says so',
  tag: 'headroom',
  role: 'viewer',
  answer: z.object({
    id: z.string(),
    kind: z.string(),
    planes: z.record(z.string(), answer.nullable()),
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

const UNIT: Readonly<Record<PlaneId, string>> = { power: 'W', cooling: 'W', network: 'BytesPerS' };

/** JSON has no infinity: no limit is null. */
const finite = (value: number) => (Number.isFinite(value) ? value : null);

function present(topology: Topology, explanation: Explanation) {
  const show = (at: Layer) => ({
    id: topology.ids[at.entity],
    kind: KINDS[topology.kind[at.entity]].id,
    share: at.share,
    load: at.load,
    limit: finite(at.limit),
    headroom: finite(at.limit - at.load),
  });
  const chain = explanation.chain.map(show);
  const chainN1 = explanation.chainN1.map(show);
  return {
    unit: UNIT[explanation.plane],
    load: chain[0].load,
    limit: chain[0].limit,
    headroom: finite(explanation.headroom),
    headroomN1: finite(explanation.headroomN1),
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
