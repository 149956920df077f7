/** `whatif -f FILE`: asks the live model, or an inventory without one, what would be. */
import type { Command } from 'commander';
import type { WhatIfAnswer } from '../../twin/index.ts';
import { humanPair, humanValue } from '../human-value.ts';
import { type ClientOptions, call, withClientOptions } from './client.ts';
import { printCourse } from './course.ts';
import { isoInstant, secondsOf } from './instant.ts';
import { loadText } from './load.ts';
import { printJson, printLine, printTable, shown } from './output.ts';
import type { Go } from './run.ts';

interface Flags extends ClientOptions {
  readonly file: string;
  readonly json?: boolean;
  readonly base: string;
  readonly horizon?: string;
}

export function whatifCommand(program: Command, go: Go) {
  withClientOptions(program.command('whatif'))
    .description(
      'try a placement, drain, failure, cap or set-point; also plain Kubernetes manifests',
    )
    .requiredOption('-f, --file <file>', 'kind: WhatIf, or a Kubernetes Job or Pod; - is stdin')
    .option(
      '--base <base>',
      'what to ask: the live model, or a past instant (a time, or 15m for ago)',
      'live',
    )
    .option('--horizon <time>', 'follow power and heat after the change for so long: 5m, 15m, 1h')
    .option('--json', 'print JSON')
    .action((flags: Flags) => go(() => runWhatif(flags)));
}

async function runWhatif(flags: Flags): Promise<number> {
  const query = new URLSearchParams();
  if (flags.base !== 'live') query.set('at', isoInstant('--base', flags.base));
  if (flags.horizon) query.set('horizonS', String(secondsOf('--horizon', flags.horizon)));
  // sent as it is: the service parses it, and names the line
  const text = loadText(flags.file);
  const answer = await call<WhatIfAnswer>(flags, `/api/v1/whatif?${query}`, {
    text,
    type: 'application/yaml',
  });
  if (flags.json) printJson(answer);
  else printAnswer(answer);
  return answer.fits ? 0 : 1;
}

function printAnswer(answer: WhatIfAnswer) {
  const what = answer.changes.map(c => `${c.change} ${c.target ?? ''}`.trim()).join(', ');
  const gpus = answer.gpuCount === null ? '' : `, ${answer.gpuCount} GPUs`;
  printLine(`${answer.verdict.toUpperCase()}: ${what}${gpus}`);
  printWhere(answer);
  if (answer.job) printJob(answer.job);
  if (answer.binding) printLine(bindingText(answer.binding));
  if (answer.chain.length > 0) printLine(`  ${answer.chain.map(layer => layer.id).join(' > ')}`);
  if (answer.instead) {
    const under = answer.instead.under ? `; all of it fits under ${answer.instead.under}` : '';
    printLine(`  ${answer.instead.gpus} GPUs could be placed${under}`);
  }
  if (answer.course) printCourse(answer.course);
  if (answer.fail) printFailure(answer.fail);
  printLayers(answer.layers);
  for (const { about, says } of answer.evidence) printLine(`  ${about}: ${says}`);
}

function printWhere({ where, topologyLevel }: WhatIfAnswer) {
  if (where.length === 0) return;
  const racks = new Set(where.map(place => place.rack)).size;
  const count = (n: number, what: string) => `${n} ${what}${n === 1 ? '' : 's'}`;
  const hosts = count(where.length, 'host');
  printLine(`  on ${hosts} in ${count(racks, 'rack')} (one ${topologyLevel})`);
  const rows = where
    .slice(0, 16)
    .map(at => [at.host, String(at.gpuCount), humanValue(at.addedPowerW, 'W')]);
  printTable(['host', 'GPUs', 'adds'], rows);
  if (where.length > 16) printLine(`  and ${where.length - 16} more`);
}

/** The gang as a job: its step, how it compares with the best place, and how long it lasts. */
function printJob(job: NonNullable<WhatIfAnswer['job']>) {
  const out = (text: string) => printLine(`  ${text}`);
  const split = `${job.tensorParallel} x ${job.pipelineParallel} x ${job.dataParallel}`;
  const model = `${shown(job.parameters / 1e9)} billion parameters`;
  out(`as ${job.class}, ${model}, ${split} (tensor, pipeline, data parallel)`);
  const parts = `${shown(job.computeS)} s computing, ${shown(job.exposedS)} s exposed communication`;
  out(`step: ${shown(job.iterationS)} s (${parts}); waits for ${job.waitsFor}`);
  const mfu = job.mfuRatio === null ? '' : `, MFU ${shown(100 * job.mfuRatio)} %`;
  const ratio = shown(job.slowdown);
  const speed = ratio === '1' ? 'no longer than' : `${ratio} times as long as`;
  out(`${speed} in full hosts with the network to itself${mfu}; hosts meet at the ${job.meetsAt}`);
  const lasts = `${shown(job.likelyMttfH)} h between failures (by hosts alone ${shown(job.mttfH)} h)`;
  const minutes = shown(job.checkpointIntervalS / 60);
  out(
    `${lasts}; checkpoints every ${minutes} min keep ${shown(100 * job.ettrRatio)} % of the time`,
  );
  if (job.memoryRatio > 1) out(`it does not fit: ${shown(job.memoryRatio)} times the memory`);
  if (job.assumed.length > 0) out(`not said, so usual: ${job.assumed.join(', ')}`);
}

function bindingText(b: NonNullable<WhatIfAnswer['binding']>): string {
  const [load, limit] = humanPair([b.loadAfter, b.value], b.unit);
  const after = b.loss ? ` after the loss of ${b.loss}` : '';
  return `  binding: ${b.title} of ${b.entity}: ${load} of ${limit}${after}`;
}

function printFailure(failure: NonNullable<WhatIfAnswer['fail']>) {
  const changes = [
    ...failure.trips.map(change => ({ ...change, what: 'trips' })),
    ...failure.takesOver.slice(0, 10).map(change => ({ ...change, what: 'takes over' })),
  ];
  const rows = changes.map(change => [
    change.what,
    change.id,
    humanValue(change.before, change.unit),
    humanValue(change.after, change.unit),
    change.limit === null ? '-' : humanValue(change.limit, change.unit),
  ]);
  if (rows.length > 0) printTable(['', 'what', 'before', 'after', 'limit'], rows);
  printLine(`  GPUs without service: ${failure.gpusLost}`);
}

/** The 90 % band of a load after the changes, where the service keeps a record. */
function bandText({ band }: WhatIfAnswer['layers'][number]['after'], unit: string): string {
  if (!band || band.low === band.high) return '';
  return ` (${humanValue(band.low, unit)}..${humanValue(band.high, unit)})`;
}

function printLayers(layers: WhatIfAnswer['layers']) {
  const amount = (value: number | null, unit: string) =>
    value === null ? '-' : humanValue(value, unit);
  const rows = layers.map(({ plane, kind, entity, limit, before, after, unit }) => [
    plane,
    `${kind} ${entity}`,
    amount(limit, unit),
    amount(before.load, unit),
    `${amount(after.load, unit)}${bandText(after, unit)}`,
    amount(after.headroom, unit),
    amount(after.headroomN1, unit),
  ]);
  printTable(['plane', 'tightest', 'limit', 'before', 'after', 'headroom', 'N-1'], rows);
}
