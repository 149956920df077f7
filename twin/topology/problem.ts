/** What is wrong with a document, as a value: bad input is no exception. */
import { z } from 'zod';
import { meant } from './nearest.ts';

/** Something wrong in a document: where (as a path of keys) and what to do. */
export interface Problem {
  readonly path: readonly (string | number)[];
  readonly message: string;
  /** An id that the site has not, where that is the problem: there may be others like it. */
  readonly unknownId?: string;
}

export type Parsed<T> = { ok: true; value: T } | { ok: false; problems: Problem[] };

/** A schema's complaint as problems; each key that is not known is one of its own. */
export const problemsOf = (issue: z.core.$ZodIssue): Problem[] => problemsWith(issue, () => []);

/** The same for all complaints of a schema, which says what an unknown key may have meant. */
export const problemsIn = (schema: z.ZodType, { issues }: z.ZodError): Problem[] =>
  issues.flatMap(issue => problemsWith(issue, path => keysAt(schema, path)));

function problemsWith(
  issue: z.core.$ZodIssue,
  keysAround: (path: Problem['path']) => readonly string[],
): Problem[] {
  const path = issue.path.filter(step => typeof step !== 'symbol');
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    return ofNearestBranch(issue, path, keysAround);
  }
  if (issue.code !== 'unrecognized_keys') return [{ path, message: messageOf(issue) }];
  const known = keysAround(path);
  return issue.keys.map(key => ({
    path: [...path, key],
    message: `not a field of this${known.length > 0 ? instead(key, known) : ''}`,
  }));
}

/** What is wrong with the form that fits best; of several that fit as ill, what the forms are. */
function ofNearestBranch(
  { errors }: z.core.$ZodIssueInvalidUnion,
  at: Problem['path'],
  keysAround: (path: Problem['path']) => readonly string[],
): Problem[] {
  const branches = errors
    .filter(issues => issues.length > 0)
    .map(issues => {
      const depth = Math.max(...issues.map(({ path }) => path.length));
      return { issues, rank: depth - 10 * issues.length };
    })
    .toSorted((a, b) => b.rank - a.rank);
  const [best, second] = branches;
  if (best && best.rank !== second?.rank) {
    return best.issues.flatMap(issue =>
      problemsWith({ ...issue, path: [...at, ...issue.path] }, keysAround),
    );
  }
  const keys = keysAround(at);
  const forms = [...new Set(branches.map(({ issues }) => messageOf(issues[0])))];
  const message = keys.length > 0 ? `give one of ${keys.join(', ')}` : forms.join(', or ');
  return [{ path: at, message }];
}

/** More than these nobody reads. */
const FEW = 20;

const instead = (key: string, known: readonly string[]) =>
  known.length <= FEW ? `; there are ${known.join(', ')}` : meant(key, known);

/** Messages that no schema of ours wrote. */
const DEFAULT_MESSAGE = /^(Invalid (input|option|ISO|URL|discriminator)|Too (big|small))/;

/** In plain words what is needed; a schema's own message says it better. */
function messageOf(issue: z.core.$ZodIssue): string {
  const { message } = issue;
  if (!DEFAULT_MESSAGE.test(message)) return message;
  switch (issue.code) {
    case 'invalid_type': {
      if (issue.expected === 'nonoptional') return 'missing';
      const received = /received (\S+)$/.exec(message)?.[1];
      const needed = `${withArticle(issue.expected)} is needed`;
      if (received === undefined || received === 'undefined') return `missing: ${needed}`;
      return `${needed}, not ${received === 'NaN' ? received : withArticle(received)}`;
    }
    case 'invalid_value':
      return issue.values.length === 1
        ? `'${String(issue.values[0])}' is needed`
        : oneOf(issue.values.map(String));
    case 'too_small':
      return boundText(issue.inclusive ? 'at least' : 'more than', issue.minimum, issue.origin);
    case 'too_big':
      return boundText(issue.inclusive ? 'at most' : 'less than', issue.maximum, issue.origin);
    case 'invalid_format':
      return FORMATS[issue.format] ?? message;
    case 'invalid_union':
      return message.replace(/^.*Expected (.*)$/, (_, all) => oneOf(all.split(' | ')));
    default:
      return message;
  }
}

const oneOf = (values: readonly string[]) => `one of these is needed: ${values.join(', ')}`;

const FORMATS: Readonly<Record<string, string>> = {
  datetime: 'an RFC 3339 time is needed, such as 2026-01-31T12:00:00Z',
  url: 'an address is needed, such as http://prometheus.example:9090',
};

const UNIT_OF: Readonly<Record<string, readonly [one: string, many: string]>> = {
  string: [' character', ' characters'],
  array: [' entry', ' entries'],
};

const boundText = (bound: string, value: number | bigint, origin: string) =>
  `${bound} ${value}${UNIT_OF[origin]?.[Number(value) === 1 ? 0 : 1] ?? ''}`;

const withArticle = (type: string) =>
  /^(undefined|null)$/.test(type) ? 'nothing' : `${/^[aeiouI]/.test(type) ? 'an' : 'a'} ${type}`;

/** Keys that a schema knows at a path; those of all branches where it has several. */
function keysAt(schema: z.ZodType, path: Problem['path']): readonly string[] {
  const [step, ...rest] = path;
  if (schema instanceof z.ZodUnion) {
    return [...new Set(schema.options.flatMap(option => keysAt(option as z.ZodType, path)))];
  }
  const inner = innerOf(schema);
  if (inner) return keysAt(inner, path);
  if (schema instanceof z.ZodObject) {
    if (step === undefined) return Object.keys(schema.shape);
    const field = schema.shape[step] as z.ZodType | undefined;
    return field ? keysAt(field, rest) : [];
  }
  if (step === undefined) return [];
  if (schema instanceof z.ZodArray) return keysAt(schema.element as z.ZodType, rest);
  return schema instanceof z.ZodRecord ? keysAt(schema.valueType as z.ZodType, rest) : [];
}

/** What a schema wraps that only says when, or how, its value may be left out or changed. */
function innerOf(schema: z.ZodType): z.ZodType | undefined {
  const wraps =
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodNullable;
  if (wraps) return schema.unwrap() as z.ZodType;
  return schema instanceof z.ZodPipe ? (schema.in as z.ZodType) : undefined;
}
