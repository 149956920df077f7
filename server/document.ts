/** Reading YAML documents so that every complaint names file, line and field. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { isCollection, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import type { Problem } from '../twin/index.ts';

export interface Source {
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

export type Read = { ok: true; source: Source } | { ok: false; complaints: Complaint[] };

/** Reads a YAML or JSON file, gzipped or not; `-` is standard input. */
export function readDocument(file: string): Read {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file === '-' ? 0 : file);
    if (bytes[0] === 0x1f && bytes[1] === 0x8b) bytes = gunzipSync(bytes);
  } catch (error) {
    return { ok: false, complaints: [{ file, line: 0, field: '', message: reason(error) }] };
  }
  return parseText(bytes.toString('utf8'), file);
}

const reason = (error: unknown) =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT'
    ? 'no such file'
    : (error as Error).message;

export function parseText(text: string, file: string): Read {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    const complaints = document.errors.map(error => ({
      file,
      line: lines.linePos(error.pos[0]).line,
      field: '',
      message: error.message,
    }));
    return { ok: false, complaints };
  }
  const lineOf = (path: Problem['path']) => {
    for (let length = path.length; length >= 0; length--) {
      const node: unknown =
        length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
      const range = isNode(node) || isScalar(node) || isCollection(node) ? node.range : undefined;
      if (range) return lines.linePos(range[0]).line;
    }
    return 1;
  };
  return { ok: true, source: { file, value: document.toJS({ maxAliasCount: 100 }), lineOf } };
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
