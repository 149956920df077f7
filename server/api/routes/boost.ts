/** Faster polling of one BMC for a while, when somebody is looking. */
import { z } from 'zod';
import { nearestNames } from '../../identity/nearest.ts';
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
    if (outcome === 'unknown') throw unknownSource(body.source, ingest.sources());
    if (outcome === 'refused') {
      throw new ProblemError(409, `'${body.source}' is no BMC that answers: nothing to speed up`);
    }
    return body;
  },
});

const LIKE_SHOWN = 3;

/** People name the host; a source of it has that in its id. */
function unknownSource(id: string, sources: readonly { readonly id: string }[]): ProblemError {
  const holding = id === '' ? [] : sources.filter(source => source.id.includes(id));
  const names = sources.map(source => ({ entity: source.id, name: source.id }));
  const like = [
    ...holding.map(source => source.id),
    ...nearestNames(names, [id], LIKE_SHOWN).map(({ name }) => name),
  ];
  const meant = [...new Set(like)].slice(0, LIKE_SHOWN).map(each => `'${each}'`);
  const hint = meant.length > 0 ? `did you mean ${meant.join(', ')}?` : 'see /api/v1/sources';
  return new ProblemError(404, `there is no source '${id}'; ${hint}`);
}

export const boostRoutes = [boost];
