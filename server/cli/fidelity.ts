/** `fidelity --trace FILE`: a measured trace replayed causally, and how far off the twin was. */
import type { Command } from 'commander';
import {
  replayTrace,
  type Scored,
  type TraceReport,
  traceReport,
  tracksOf,
} from '../../twin/index.ts';
import { openPredictions } from '../fidelity/predictions-file.ts';
import { type ReadTrace, readTrace } from '../fidelity/read-trace.ts';
import { parseTraceMap, type TraceMap } from '../fidelity/trace-map.ts';
import { durationMs } from '../promql/literals.ts';
import { UserError } from '../user-error.ts';
import { printJson, printLine, printTable } from './output.ts';
import type { Go } from './run.ts';

interface Flags {
  readonly trace: string;
  readonly map: string;
  readonly reveal: string;
  readonly predictions?: string;
  readonly json?: boolean;
}

export function fidelityCommand(program: Command, go: Go) {
  program
    .command('fidelity')
    .description('replay measured telemetry causally: error, bias, skill over persistence')
    .requiredOption(
      '--trace <file>',
      'CSV or TSV with a header, gzipped or not; - is standard input',
    )
    .requiredOption('--map <roles>', 'time=..,power=..[,util=..+..][,temp=..][,entity=..]: columns')
    .option('--reveal <duration>', 'how often power and temperature become visible', '1h')
    .option('--predictions <file>', 'write each sample with its prediction and band, as CSV')
    .option('--json', 'print JSON')
    .action((flags: Flags) => go(() => runFidelity(flags)));
}

async function runFidelity(flags: Flags): Promise<number> {
  const { trace, map, reveal, json } = flags;
  const roles = parseTraceMap(map);
  const revealMs = durationMs(reveal);
  if (!revealMs) throw new UserError(`--reveal: '${reveal}' is no duration such as 30m, 1h or 1d`);
  const read = await readTrace(trace, roles);
  const tracks = tracksOf(read.rows);
  const predictions = flags.predictions ? openPredictions(flags.predictions) : undefined;
  const replayed = replayTrace(tracks, { revealMs, onRevealed: predictions?.write });
  predictions?.close();
  const report = traceReport(replayed);
  const { user, system } = process.cpuUsage();
  const cpuS = (user + system) / 1e6;
  const { malformed, malformedLines, withoutZone } = read;
  if (json) {
    const perRowS = cpuS / report.rows;
    const withCpu = <T extends { readonly rows: number }>(of: T) => ({
      ...{ ...of, cpuS: perRowS * of.rows },
    });
    printJson({
      ...{ ...report, cpuS, sum: { ...report.sum, cpuS }, pooled: { ...report.pooled, cpuS } },
      ...{ malformed, malformedLines, withoutZone, revealS: revealMs / 1000 },
      entities: report.entities.map(withCpu),
    });
  } else printReport(report, { read, cpuS });
  for (const hint of hintsOf(report, roles, reveal)) process.stderr.write(`${hint}\n`);
  return report.n > 0 ? 0 : 1;
}

/** What is probably meant otherwise, where figures are few or none. */
function hintsOf({ rows, n, skippedWhy }: TraceReport, roles: TraceMap, reveal: string): string[] {
  const hints: string[] = [];
  const { duplicates, missingPower, beforeFirstReveal } = skippedWhy;
  if (duplicates * 2 > rows) {
    const why = roles.entity ? `is entity=${roles.entity} the host` : 'is entity=COLUMN missing';
    hints.push(`${duplicates} of ${rows} rows share their time with another: ${why}?`);
  }
  if (n > 0) return hints;
  if (beforeFirstReveal > 0) {
    hints.push(
      `nothing scored: no power was revealed before the end; is --reveal ${reveal} too long?`,
    );
  } else if (missingPower > 0) {
    hints.push(`nothing scored: no number in power=${roles.power}`);
  }
  return hints;
}

const HEADER = [
  ...['entity', 'n', 'MAPE %', 'bias %', 'RMSE', 'hours < 10 %', 'skill/last', 'skill/mean'],
  ...['in 90 % band', 'last %', 'line %', 'last+slope %'],
];

/** Entities shown: the worst ones; JSON has all. */
const SHOWN = 20;

function printReport(report: TraceReport, { read, cpuS }: { read: ReadTrace; cpuS: number }) {
  const rows: string[][] = [];
  if (report.entities.length > 1) {
    rows.push(scoreRow('sum', report.sum), scoreRow('all samples', report.pooled));
  }
  const worst = [...report.entities].sort((a, b) => (b.mapePct ?? -1) - (a.mapePct ?? -1));
  for (const each of worst.slice(0, SHOWN)) rows.push(scoreRow(each.entity, each));
  printTable(HEADER, rows);
  if (worst.length > SHOWN) printLine(`and ${worst.length - SHOWN} better ones`);
  if (report.temp) printTable(TEMP_HEADER, [tempRow(report.temp)]);
  printNotes(report, read);
  process.stderr.write(`${report.rows} rows, ${cpuS.toFixed(1)} s of CPU\n`);
}

const TEMP_HEADER = ['temperature', 'n', 'MAE K', 'RMSE K', 'skill/last', 'in 90 % band'];

const tempRow = (temp: Scored) => [
  ...['all samples', String(temp.n), fixed(temp.mae), fixed(temp.rmse)],
  ...[fixed(temp.skillPersistence), percent(temp.coverage90)],
];

const scoreRow = (name: string, score: Scored): string[] => [
  ...[name, String(score.n), fixed(score.mapePct), fixed(score.biasPct), fixed(score.rmse)],
  ...[fixed(score.hoursUnder10Pct), fixed(score.skillPersistence), fixed(score.skillMean)],
  percent(score.coverage90),
  ...[score.baselines.persistence, score.baselines.line, score.baselines.delta].map(baseline =>
    fixed(baseline.mapePct),
  ),
];

const fixed = (value: number | null) => (value === null ? '-' : value.toFixed(2));
const percent = (ratio: number | null) => (ratio === null ? '-' : (100 * ratio).toFixed(1));

/** What was wrong with the trace, in words: nothing is passed over in silence. */
function printNotes(report: TraceReport, { malformed, malformedLines, withoutZone }: ReadTrace) {
  const notes = [
    ...Object.entries(report.skippedWhy).map(([why, count]) => [
      `not scored: ${WORDS[why]}`,
      count,
    ]),
    ...Object.entries(report.found).map(([what, count]) => [WORDS[what], count]),
    [`lines that are no rows, such as ${malformedLines.join(', ')}`, malformed],
    ['times without a zone, taken as UTC', withoutZone],
  ] as const;
  for (const [what, count] of notes) {
    if (Number(count) > 0) printLine(`${what}: ${count}`);
  }
  for (const { entity, findings } of report.entities) {
    for (const { kind, fromMs, what } of findings) {
      printLine(`${entity}: ${kind} from ${new Date(fromMs).toISOString()}: ${what}`);
    }
  }
}

const WORDS: Readonly<Record<string, string>> = {
  duplicates: 'duplicates of a time',
  missingPower: 'power missing',
  negativePower: 'power below zero',
  impossiblePower: 'power beyond a gigawatt',
  zeroPower: 'power zero',
  beforeFirstReveal: 'nothing revealed yet',
  gaps: 'gaps',
  outOfOrder: 'rows out of order, sorted in',
  missingUtil: 'values of utilisation missing, the last one held',
  badTemp: 'temperatures missing or impossible',
  spikes: 'spikes of power, scored but not learnt',
  unitChanges: 'changes of the unit of power',
  unitSamples: 'samples converted to the first unit',
  utilUnitChanges: 'changes of the unit of utilisation',
  utilSpikes: 'samples of utilisation beyond its unit, power scored but not learnt',
  freezes: 'frozen sensors',
  frozenSamples: 'samples of frozen sensors, scored but not learnt',
  shifts: 'lasting changes of power at equal load',
};
