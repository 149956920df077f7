/** `papers FILE...`: published results against the models of the twin. */
import type { Command } from 'commander';
import {
  type PaperResult,
  type PaperRun,
  type Problem,
  parsePapers,
  runPapers,
} from '../../twin/index.ts';
import { complaintsOf, complaintText } from '../document.ts';
import { load } from './load.ts';
import { printJson, printLine, printTable, shown } from './output.ts';
import type { Go } from './run.ts';

export function papersCommand(program: Command, go: Go) {
  program
    .command('papers')
    .argument('<file...>', 'tables of published results, gzipped or not; - is standard input')
    .description('published results: what the models give, what was printed, pass or fail')
    .option('--json', 'print JSON')
    .action((files: string[], options: { json?: boolean }) =>
      go(async () => {
        const runs = files.map(runFile);
        const items = runs.flatMap(run => run.results);
        if (options.json) printJson({ items });
        else printResults(items, runs);
        const complaints = runs.flatMap(run => run.complaints);
        for (const said of [...runs.flatMap(run => run.remarks), ...complaints]) {
          process.stderr.write(`${said}\n`);
        }
        if (complaints.length > 0) return 2;
        return items.every(item => item.pass) ? 0 : 1;
      }),
    );
}

/** A file that cannot be read ends the command; an input that does not fit fails only its row. */
function runFile(file: string) {
  const { source, value } = load(file, parsePapers);
  const run = runPapers(value);
  const told = (problems: readonly Problem[]) => complaintsOf(source, problems).map(complaintText);
  return { ...run, complaints: told(run.problems), remarks: told(run.remarks) };
}

type Counts = Pick<PaperRun, 'itemCount' | 'passCount'>;

function printResults(items: readonly PaperResult[], runs: readonly Counts[]) {
  const rows = items.map(item => [
    item.id,
    item.kind,
    String(item.row),
    item.path,
    item.model === null ? '-' : shown(item.model, 5),
    expectedText(item),
    item.pass ? 'pass' : 'FAIL',
    item.reason ?? '',
  ]);
  printTable(['item', 'kind', 'row', 'output', 'model', 'expected', '', ''], rows);
  for (const note of notesOf(items)) printLine(note);
  const passed = runs.reduce((sum, run) => sum + run.passCount, 0);
  const count = runs.reduce((sum, run) => sum + run.itemCount, 0);
  printLine(`${passed} of ${count} items pass`);
}

const notesOf = (items: readonly PaperResult[]) =>
  new Set(items.flatMap(({ id, row, note }) => (note ? [`${id} row ${row}: ${note}`] : [])));

function expectedText({ expected, tolerance }: PaperResult): string {
  if (typeof expected === 'object') {
    const { min, max } = expected;
    return [min === undefined ? '' : `≥ ${min}`, max === undefined ? '' : `≤ ${max}`]
      .filter(Boolean)
      .join(', ');
  }
  if (!tolerance) return shown(expected, 5);
  const within = [
    tolerance.abs === undefined ? '' : String(tolerance.abs),
    tolerance.rel === undefined ? '' : `${shown(100 * tolerance.rel, 4)} %`,
  ].filter(Boolean);
  return `${shown(expected, 5)} ± ${within.join(' or ')}`;
}
