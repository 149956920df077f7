/** The models by themselves: what they take, and what they say of it. */
import { z } from 'zod';
import { type Problem, publishedModels } from '../../../twin/index.ts';
import { jsonSchemaOf } from '../../json-schema.ts';
import { askInWorker } from '../../models/asking.ts';
import { notFound, ProblemError, unprocessable } from '../problem.ts';
import { listOf, route } from '../route.ts';

const models = route({
  method: 'get',
  path: '/api/v1/models',
  summary: 'Models that can be asked by themselves, with what they take',
  tag: 'models',
  role: 'viewer',
  answer: listOf(
    z.object({
      kind: z.string(),
      input: z.record(z.string(), z.unknown()).describe('JSON Schema of what it takes.'),
    }),
  ),
  handle: () => ({
    items: [...publishedModels.values()].map(({ kind, input }) => ({
      kind,
      input: jsonSchemaOf(input),
    })),
  }),
});

const ask = route({
  method: 'post',
  path: '/api/v1/models',
  summary: 'A model asked by itself: power, heat, network, hosts, dies, reliability',
  tag: 'models',
  role: 'viewer',
  body: z.strictObject({
    kind: z.string().describe('As listed by GET.'),
    input: z.looseObject({}).describe('As its schema there says.'),
  }),
  answer: z.object({
    kind: z.string(),
    answer: z
      .record(z.string(), z.union([z.number(), z.boolean(), z.string()]))
      .describe('One value for each output; the unit is in the name.'),
    note: z.string().optional().describe('What the model says of its own answer.'),
  }),
  async handle({ body }) {
    const { kind } = body;
    if (!publishedModels.has(kind)) throw notFound('model', kind);
    const { answer, reason, note, problems } = await askInWorker(body);
    if (!answer) throw unanswered(reason, problems);
    return { kind, answer, ...(note ? { note } : {}) };
  },
});

/** In the words of the question, whose inputs stand under `input`. */
function unanswered(reason: string | undefined, problems: readonly Problem[]): ProblemError {
  if (problems.length === 0) return new ProblemError(422, reason ?? 'no answer');
  return unprocessable(problems.map(p => ({ ...p, path: ['input', ...p.path] })));
}

export const modelRoutes = [models, ask];
