/** `check FILE...`: validates documents, naming line and field. */
import type { Command } from 'commander';
import { isWorkload, type Problem, parseWhatIf, readTopology } from '../../twin/index.ts';
import { parseConfig } from '../config.ts';
import { type Complaint, complaintsOf, complaintText, readDocument } from '../document.ts';
import { printJson, printLine } from './output.ts';
import type { Go } from './run.ts';

interface Checked {
  readonly file: string;
  readonly kind: string;
  readonly ok: boolean;
  readonly summary?: string;
  readonly complaints: readonly Complaint[];
}

export function checkCommand(program: Command, go: Go) {
  program
    .command('check')
    .argument('<file...>', 'inventory, config, what-if or Kubernetes files; - is standard input')
    .description('validate files, naming line and field')
    .option('--json', 'print JSON')
    .action((files: string[], options: { json?: boolean }) =>
      go(async () => {
        const checked = files.map(checkFile);
        if (options.json) printJson({ files: checked });
        else for (const each of checked) printChecked(each);
        return checked.every(each => each.ok) ? 0 : 2;
      }),
    );
}

function printChecked({ file, kind, ok, summary, complaints }: Checked) {
  if (ok) printLine(`${file}: ${kind} ok${summary ? `, ${summary}` : ''}`);
  for (const complaint of complaints) process.stderr.write(`${complaintText(complaint)}\n`);
}

function checkFile(file: string): Checked {
  const read = readDocument(file);
  if (!read.ok) return { file, kind: 'unreadable', ok: false, complaints: read.complaints };
  const { value } = read.source;
  const kind = kindOf(value);
  const isManifest = [value].flat().some(isWorkload);
  const checkKind = isManifest ? checkWhatIf : KINDS[kind];
  const outcome = checkKind?.(value) ?? { problems: [unknownKind(kind)] };
  return {
    file,
    kind: isManifest ? 'manifests' : kind,
    ok: outcome.problems.length === 0,
    summary: outcome.summary,
    complaints: complaintsOf(read.source, outcome.problems),
  };
}

interface Outcome {
  readonly problems: readonly Problem[];
  readonly summary?: string;
}

/** How each kind of document is checked. */
const KINDS: Readonly<Record<string, (value: unknown) => Outcome>> = {
  Inventory(value) {
    const built = readTopology(value);
    if (!built.ok) return { problems: built.problems };
    return { problems: [], summary: `${built.value.count} entities` };
  },
  Config(value) {
    const parsed = parseConfig(value);
    if (!parsed.ok) return { problems: parsed.problems };
    return { problems: [], summary: `${parsed.value.sources.length} sources` };
  },
  WhatIf: checkWhatIf,
};

/** A question, or the manifests that it would be made of. */
function checkWhatIf(value: unknown): Outcome {
  const parsed = parseWhatIf(value);
  if (!parsed.ok) return { problems: parsed.problems };
  const { changes } = parsed.value;
  return { problems: [], summary: `${changes.length} change${changes.length === 1 ? '' : 's'}` };
}

const kindOf = (value: unknown) =>
  typeof value === 'object' && value !== null && 'kind' in value ? String(value.kind) : '';

const unknownKind = (kind: string): Problem => ({
  path: ['kind'],
  message: kind
    ? `'${kind}' is not a kind; there are ${Object.keys(KINDS).join(', ')}`
    : `missing; add kind: ${Object.keys(KINDS).join(' or kind: ')}`,
});
