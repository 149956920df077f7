/** `availability ENTITY`: how often what an entity lives on would fail. */
import type { Command } from 'commander';
import { type ClientOptions, call, withClientOptions } from './client.ts';
import { AT_OPTION, isoInstant } from './instant.ts';
import { printJson, printLine, printTable, shown } from './output.ts';
import type { Go } from './run.ts';

interface Flags extends ClientOptions {
  readonly planes?: string;
  readonly without?: string;
  readonly paths?: string;
  readonly seed?: string;
  readonly at?: string;
  readonly json?: boolean;
}

interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

interface Answer {
  readonly entity: string;
  readonly kind: string;
  readonly planes: readonly string[];
  readonly availabilityRatio: Interval;
  readonly downHPerYear: Interval;
  readonly outagesPerYear: number;
  readonly outageH: number;
  readonly own: { readonly availabilityRatio: number; readonly withSupplyRatio: number } | null;
  readonly singlePoints: readonly { readonly id: string; readonly kind: string }[];
  readonly reportedDown: readonly string[];
  readonly without: readonly string[];
  readonly notInSupply: readonly { readonly id: string; readonly like: readonly string[] }[];
  readonly paths: number;
  readonly pathsWithOutage: number;
  readonly seed: number;
  readonly assumes: readonly string[];
}

export function availabilityCommand(program: Command, go: Go) {
  withClientOptions(program.command('availability').argument('<entity>', 'rack, host or switch'))
    .description('how often power, cooling or network of an entity would fail, by simulation')
    .option('--planes <planes>', 'of power,cooling,network; all unless given')
    .option('--without <ids>', 'what is out, as in a service')
    .option('--paths <count>', 'simulated courses; more make the interval narrower')
    .option('--seed <seed>', 'another one draws other failures')
    .option(...AT_OPTION)
    .option('--json', 'print JSON')
    .action((entity: string, flags: Flags) =>
      go(async () => {
        const query = new URLSearchParams({ entity });
        for (const name of ['planes', 'without', 'paths', 'seed'] as const) {
          const value = flags[name];
          if (value !== undefined) query.set(name, value);
        }
        if (flags.at !== undefined) query.set('at', isoInstant('--at', flags.at));
        const answer = await call<Answer>(flags, `/api/v1/availability?${query}`);
        if (flags.json) printJson(answer);
        else printAvailability(answer);
        return 0;
      }),
    );
}

function printAvailability(answer: Answer) {
  const { downHPerYear: down, singlePoints, own, availabilityRatio: ratio } = answer;
  printLine(`${answer.kind} ${answer.entity}: ${answer.planes.join(', ')}`);
  const rows = [
    ['available', shown(ratio.value, 9), shown(ratio.low, 9), shown(ratio.high, 9)],
    ['h down a year', ...[down.value, down.low, down.high].map(hours => shown(hours, 3))],
  ];
  printTable(['', 'mean', 'lower 95', 'upper 95'], rows);
  const each = answer.outagesPerYear > 0 ? `, ${shown(answer.outageH, 3)} h each` : '';
  printLine(`  ${shown(answer.outagesPerYear, 3)} outages a year${each}`);
  if (own) {
    const [alone, both] = [own.availabilityRatio, own.withSupplyRatio].map(r => shown(r, 6));
    printLine(`  the ${answer.kind} itself: ${alone}; with its supply: ${both}`);
  }
  const points = singlePoints.map(({ id, kind }) => `${kind} ${id}`).join(', ');
  printLine(`  takes it alone: ${points || 'nothing'}`);
  if (answer.reportedDown.length > 0)
    printLine(`  reported broken: ${answer.reportedDown.join(', ')}`);
  if (answer.without.length > 0) printLine(`  without: ${answer.without.join(', ')}`);
  for (const { id, like } of answer.notInSupply) {
    const meant = like.length > 0 ? `; like it: ${like.join(', ')}` : '';
    printLine(`  not in its supply, so without effect: ${id}${meant}`);
  }
  printLine(`  ${answer.pathsWithOutage} of ${answer.paths} paths lost it (seed ${answer.seed})`);
  for (const says of answer.assumes) printLine(`  ${says}`);
}
