/** Reading YAML documents so that every complaint names file, line and field. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { isNode, LineCounter, parseAllDocuments, type parseDocument, visit } from 'yaml';
import type { Problem } from '../twin/index.ts';

interface Source {
  readonly file: string;
  readonly value: unknown;
  /** 1-based line of the value at a path, or of the nearest part of the path that exists. */
  lineOf(path: Problem['path']): number;
}

/** Something wrong with a document, as a person should read it. */
export interface Complaint {
  readonly file: string;
  readonly line: number;
  readonly field: string;
  readonly message: string;
}

type Read = { ok: true; source: Source } | { ok: false; complaints: Complaint[] };

/** Text of a file, gzipped or not; `-` is standard input. @throws what `readingError` has words for */
export function readText(file: string): string {
  const bytes = readFileSync(file === '-' ? 0 : file);
  const isZipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
  return (isZipped ? gunzipSync(bytes) : bytes).toString('utf8');
}

/** Reads a YAML or JSON file as `readText` does. */
export function readDocument(file: string): Read {
  let text: string;
  try {
    text = readText(file);
  } catch (error) {
    return { ok: false, complaints: [{ file, line: 0, field: '', message: readingError(error) }] };
  }
  return parseText(text, file);
}

/** Why a file could not be read. */
export const readingError = (error: unknown) =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT'
    ? 'no such file'
    : (error as Error).message;

/** A stream of several documents (manifests often are) becomes a list of them. */
export function parseText(text: string, file: string): Read {
  const lines = new LineCounter();
  const parsed = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false });
  const documents = 'empty' in parsed ? [] : parsed;
  const complaints = documents.flatMap(({ errors }) =>
    errors.map(({ pos, message }) => ({
      file,
      line: lines.linePos(pos[0]).line,
      field: '',
      message,
    })),
  );
  if (complaints.length > 0) return { ok: false, complaints };
  if (documents.length === 0) {
    return { ok: false, complaints: [{ file, line: 1, field: '', message: 'the file is empty' }] };
  }
  const isStream = documents.length > 1;
  let values: readonly unknown[];
  try {
    values = documents.map(document => document.toJS({ maxAliasCount: 100 }) as unknown);
  } catch (error) {
    // An alias without its anchor, or one that unfolds to too much, is found only here.
    const line = Math.max(1, ...documents.map(document => brokenAliasLine(document, lines)));
    return {
      ok: false,
      complaints: [{ file, line, field: '', message: (error as Error).message }],
    };
  }
  const lineOf = (path: Problem['path']) => {
    const document = isStream ? documents[Number(path[0] ?? 0)] : documents[0];
    return lineIn(document, isStream ? path.slice(1) : path, lines);
  };
  return { ok: true, source: { file, value: isStream ? values : values[0], lineOf } };
}

type YamlDocument = ReturnType<typeof parseDocument>;

/** 0 where every alias has its anchor. */
function brokenAliasLine(document: YamlDocument, lines: LineCounter): number {
  let line = 0;
  visit(document, {
    Alias(_key, alias) {
      if (line > 0 || !alias.range || alias.resolve(document)) return;
      line = lines.linePos(alias.range[0]).line;
    },
  });
  return line;
}

/** Line of the deepest part of the path that is there. */
function lineIn(document: YamlDocument | undefined, path: Problem['path'], lines: LineCounter) {
  for (let length = path.length; document && length >= 0; length--) {
    const node: unknown =
      length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    const range = isNode(node) ? node.range : undefined;
    if (range) return lines.linePos(range[0]).line;
  }
  return 1;
}

/** Problems of a document as complaints: `demo.yaml:12 site.halls[0].id: ...`. */
export function complaintsOf(source: Source, problems: readonly Problem[]): Complaint[] {
  return problems.map(problem => ({
    file: source.file,
    line: source.lineOf(problem.path),
    field: fieldName(problem.path),
    message: problem.message,
  }));
}

/** `site.halls[0].id`, as people write it. */
export function fieldName(path: Problem['path']): string {
  return path.reduce<string>(
    (text, step) =>
      typeof step === 'number' ? `${text}[${step}]` : text === '' ? step : `${text}.${step}`,
    '',
  );
}

export const complaintText = ({ file, line, field, message }: Complaint) =>
  [line > 0 ? `${file}:${line}` : file, field, message].filter(Boolean).join(': ');
