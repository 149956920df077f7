/** The way over the network between two entities. */
import { z } from 'zod';
import { networkPath } from '../../../twin/index.ts';
import { ProblemError } from '../problem.ts';
import { pastRoute } from '../route.ts';
import { entityOf } from '../scope.ts';

const path = pastRoute({
  method: 'get',
  path: '/api/v1/path',
  summary: 'The way over the network between two hosts or switches, its length and latency',
  tag: 'headroom',
  role: 'viewer',
  query: z.object({ from: z.string(), to: z.string() }),
  answer: z.object({
    from: z.string(),
    to: z.string(),
    via: z.array(z.string()).describe('Switches on the way.'),
    lengthM: z.number(),
    latencyS: z.number().describe('One way: the hops of the switches and 5 us a km of cable.'),
  }),
  handle({ query }, { live }) {
    const { topology } = live.twin;
    const [from, to] = [entityOf(topology, query.from), entityOf(topology, query.to)];
    const found = networkPath(topology, from, to);
    if (!found) throw new ProblemError(404, `no network joins ${query.from} and ${query.to}`);
    const { entities, lengthM, latencyS } = found;
    return { ...query, via: entities.slice(1, -1).map(at => topology.ids[at]), lengthM, latencyS };
  },
});

export const pathRoutes = [path];
