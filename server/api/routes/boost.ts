/** Faster polling of one BMC for a while, when somebody is looking. */
import { z } from 'zod';
import type { SourceHealth } from '../../ingest/contract.ts';
import { didYouMean, NEAR_SHOWN, nearOf } from '../near-ids.ts';
import { ProblemError } from '../problem.ts';
import { route } from '../route.ts';

const boost = route({
  method: 'post',
  path: '/api/v1/boost',
  summary: 'Polls a BMC at up to 5 Hz for a bounded time; 10 Hz are never exceeded',
  tag: 'sources',
  role: 'operator',
  body: z.strictObject({
    source: z.string().describe('Id of the source, as in /api/v1/sources.'),
    forS: z.number().min(1).max(3600).describe('How long, in seconds of the wall.'),
  }),
  answer: z.object({ source: z.string(), forS: z.number() }),
  handle({ body }, { ingest }) {
    const outcome = ingest.boost(body.source, body.forS);
    if (outcome === 'unknown') throw unknownBmc(body.source, ingest.sources());
    if (outcome === 'refused') {
      throw new ProblemError(409, `'${body.source}' is no BMC that answers: nothing to speed up`);
    }
    return body;
  },
});

/** People name the host; its BMC has that in its id. */
function unknownBmc(id: string, sources: readonly SourceHealth[]): ProblemError {
  const bmcs = sources.filter(({ kind }) => kind === 'redfish' || kind === 'ipmitool');
  const ids = bmcs.map(bmc => bmc.id);
  const holding = ids.filter(each => id !== '' && each.includes(id));
  const like = [...new Set([...holding, ...nearOf(ids, id)])].slice(0, NEAR_SHOWN);
  const hint = didYouMean(like) || 'see /api/v1/sources';
  return new ProblemError(404, `there is no BMC '${id}'; ${hint}`);
}

export const boostRoutes = [boost];
