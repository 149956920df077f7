/**
 * Published results against the models: which rows a model reproduces within the tolerance that the
 * table states. The model of a row follows from its kind and inputs alone.
 */
import { z } from 'zod';
import { meant } from '../topology/nearest.ts';
import type { Parsed, Problem } from '../topology/problem.ts';
import { problemsOf } from '../topology/problem.ts';
import { publishedModels } from './index.ts';
import { type Expectation, expectation, type Value, verdictOf } from './judge.ts';
import type { PublishedAnswer, PublishedModel } from './model.ts';

const row = z.looseObject({
  in: z.record(z.string(), z.unknown()),
  want: z
    .record(z.string(), expectation)
    .refine(want => Object.keys(want).length > 0, 'empty; name at least one output'),
});

const item = z.looseObject({
  id: z.string().min(1),
  kind: z.string().min(1),
  source: z.string().optional(),
  rows: z.array(row).min(1, 'empty; add at least one row'),
});

const papers = z.looseObject({
  schema: z.literal('papers/1', "must be 'papers/1'"),
  items: z.array(item).min(1, 'empty; add at least one item'),
});

export type PaperItem = z.infer<typeof item>;
export type PaperTable = z.infer<typeof papers>;

export interface PaperResult {
  readonly id: string;
  readonly kind: string;
  /** Index of the row within its item, from 0. */
  readonly row: number;
  /** Name of the output. */
  readonly path: string;
  /** What the model gives; null where it gives nothing. */
  readonly model: Value | null;
  /** A value, or bounds. */
  readonly expected: Expectation['expected'];
  /** How far from the value the model may be; null for bounds and exact values. */
  readonly tolerance: Expectation['tolerance'];
  readonly pass: boolean;
  /** Why it fails, where the numbers do not say it. */
  readonly reason?: string;
  /** What the model says about its own answer: that a printed figure is wrong, a range is left. */
  readonly note?: string;
}

export interface PaperRun {
  readonly results: readonly PaperResult[];
  /** Inputs that do not fit their kind: the rows concerned fail. */
  readonly problems: readonly Problem[];
  /** Ids that stand twice: all items are run, and results of the same id belong to either. */
  readonly remarks: readonly Problem[];
  readonly itemCount: number;
  /** Items of which every output agrees. */
  readonly passCount: number;
}

/** @returns the table, or what is wrong with the document by path */
export function parsePapers(document: unknown): Parsed<PaperTable> {
  const parsed = papers.safeParse(document);
  if (parsed.success) return { ok: true, value: parsed.data };
  return { ok: false, problems: parsed.error.issues.flatMap(problemsOf) };
}

/** Runs every row; one that cannot be answered fails with a reason and the rest goes on. */
export function runPapers(
  { items }: PaperTable,
  models: ReadonlyMap<string, PublishedModel> = publishedModels,
): PaperRun {
  const results: PaperResult[] = [];
  const problems: Problem[] = [];
  let passCount = 0;
  items.forEach(({ id, kind, rows }, i) => {
    const from = results.length;
    rows.forEach(({ in: input, want }, r) => {
      const said = sayOf(kind, input, models);
      for (const problem of said.problems) {
        problems.push({ ...problem, path: ['items', i, 'rows', r, 'in', ...problem.path] });
      }
      for (const [path, wanted] of Object.entries(want)) {
        results.push({ id, kind, row: r, path, ...verdictOf(wanted, valueAt(said, path)) });
      }
    });
    if (results.slice(from).every(result => result.pass)) passCount++;
  });
  return { results, problems, remarks: repeatedIds(items), itemCount: items.length, passCount };
}

const repeatedIds = (items: readonly PaperItem[]): Problem[] =>
  items.flatMap(({ id }, i) => {
    const first = items.findIndex(item => item.id === id);
    const message = `'${id}' is the id of items[${first}] as well; both are run`;
    return first < i ? [{ path: ['items', i, 'id'], message }] : [];
  });

/** What a model says of an input, or why it says nothing. */
export interface ModelSaid {
  readonly answer?: PublishedAnswer;
  readonly reason?: string;
  readonly note?: string;
  readonly problems: readonly Problem[];
}

/**
 * Asks one model; what does not fit, or has no answer, is said and not thrown. An input that the
 * model does not know, or that has no effect beside the others, does not fit.
 */
export function askModel(
  kind: string,
  input: Readonly<Record<string, unknown>>,
  models: ReadonlyMap<string, PublishedModel> = publishedModels,
): ModelSaid {
  const said = sayOf(kind, input, models);
  const unused = said.unused ?? [];
  if (said.problems.length > 0) return { ...said, problems: [...said.problems, ...unused] };
  if (unused.length === 0) return said;
  const [{ path, message }] = unused;
  return { reason: `in.${path.join('.')}: ${message}`, problems: unused };
}

interface Say extends ModelSaid {
  /** Inputs that fit and change nothing. */
  readonly unused?: readonly Problem[];
}

/** The same, with inputs that have no effect as a note: tables hold what their source printed. */
function sayOf(
  kind: string,
  input: Readonly<Record<string, unknown>>,
  models: ReadonlyMap<string, PublishedModel>,
): Say {
  const model = models.get(kind);
  if (!model) {
    const known = [...models.keys()].sort().join(', ');
    return { reason: `no model of kind '${kind}'; there are ${known}`, problems: [] };
  }
  const parsed = model.input.safeParse(input);
  if (!parsed.success) {
    const problems = parsed.error.issues.flatMap(problemsOf);
    const first = problems[0];
    const names = namesOf(model);
    const unknown = Object.keys(input).filter(name => names?.includes(name) === false);
    const unused = unknown.map(name => unknownInput(model, [name]));
    return { reason: `in.${first.path.join('.')}: ${first.message}`, problems, unused };
  }
  try {
    const answer = model.answer(input);
    const said = typeof answer.note === 'string' ? [answer.note] : [];
    const unused = unusedOf(model, input, parsed.data);
    const names = unused.map(({ path }) => path.join('.')).join(', ');
    const notes = unused.length > 0 ? [...said, `not used: ${names}`] : said;
    return {
      answer,
      unused,
      problems: [],
      ...(notes.length > 0 ? { note: notes.join('; ') } : {}),
    };
  } catch (error) {
    // One model that has no answer, or breaks, must not hide what the others say.
    const { name, message } = error as Error;
    return { reason: name === 'RangeError' ? message : `${name}: ${message}`, problems: [] };
  }
}

const namesOf = ({ input }: PublishedModel) =>
  input instanceof z.ZodObject ? Object.keys(input.shape) : undefined;

function unknownInput(model: PublishedModel, path: Problem['path']): Problem {
  const hint = path.length === 1 ? meant(`${path[0]}`, namesOf(model) ?? []) : '';
  return { path, message: `not an input of ${model.kind}${hint}` };
}

/** Inputs that the schema leaves out or that wait for another: so that nobody believes they count. */
function unusedOf(
  model: PublishedModel,
  input: Readonly<Record<string, unknown>>,
  parsed: unknown,
): Problem[] {
  const unknown = leftOut(input, parsed, []).map(path => unknownInput(model, path));
  const idle = Object.entries(model.idle?.(input) ?? {}).flatMap(([name, why]) =>
    why && input[name] !== undefined ? [{ path: [name], message: why }] : [],
  );
  return [...unknown, ...idle];
}

/** Paths of what was given and is not in what was read of it. */
function leftOut(
  given: unknown,
  used: unknown,
  path: readonly (string | number)[],
): Problem['path'][] {
  if (typeof given !== 'object' || given === null) return [];
  if (typeof used !== 'object' || used === null) return [];
  const read = used as Readonly<Record<string, unknown>>;
  return Object.entries(given).flatMap(([key, value]) =>
    key in read ? leftOut(value, read[key], [...path, key]) : [[...path, key]],
  );
}

function valueAt({ answer, reason, note }: ModelSaid, path: string) {
  if (!answer) return { value: null, reason, note };
  if (Object.hasOwn(answer, path)) return { value: answer[path], note };
  const given = Object.keys(answer).join(', ');
  return { value: null, reason: `the model gives no ${path}; it gives ${given}`, note };
}
