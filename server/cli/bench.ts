/** `bench NAME`: figures of the budgets, beside the machine they were taken on. */
import type { Command } from 'commander';
import { BENCHES, type BenchLab, LAB_BENCHES } from '../bench/index.ts';
import { UserError } from '../user-error.ts';
import { printJson, printTable } from './output.ts';
import type { Go } from './run.ts';

/** @param lab plant of hidden parameters, for the benchmarks that are judged on one */
export function benchCommand(program: Command, go: Go, lab: BenchLab) {
  const names = [...Object.keys(BENCHES), ...Object.keys(LAB_BENCHES)].sort().join(', ');
  program
    .command('bench')
    .argument('<name>', names)
    .description('measure a budget')
    .option('--size <size>', 'small for a smoke test, or reference', 'reference')
    .option('--json', 'print JSON')
    .action((name: string, flags: { json?: boolean; size: string }) =>
      go(async () => {
        const bench = BENCHES[name];
        const labBench = LAB_BENCHES[name];
        if (!bench && !labBench) {
          throw new UserError(`there is no bench '${name}'; there are ${names}`);
        }
        if (flags.size !== 'small' && flags.size !== 'reference') {
          throw new UserError(`--size: '${flags.size}' is neither small nor reference`);
        }
        const result = await (bench ? bench(flags.size) : labBench(flags.size, lab));
        if (flags.json) printJson(result);
        else {
          const rows = Object.entries(result.figures).map(([key, value]) => [key, String(value)]);
          printTable([result.name, ''], rows);
        }
        return 0;
      }),
    );
}
