/** `bench NAME`: figures of the budgets, beside the machine they were taken on. */
import type { Command } from 'commander';
import { BENCHES } from '../bench/index.ts';
import { UserError } from '../user-error.ts';
import { printJson, printTable } from './output.ts';
import type { Go } from './run.ts';

export function benchCommand(program: Command, go: Go) {
  program
    .command('bench')
    .argument('<name>', Object.keys(BENCHES).join(', '))
    .description('measure a budget')
    .option('--size <size>', 'small for a smoke test, or reference', 'reference')
    .option('--json', 'print JSON')
    .action((name: string, flags: { json?: boolean; size: string }) =>
      go(async () => {
        const bench = BENCHES[name];
        if (!bench) {
          const known = Object.keys(BENCHES).join(', ');
          throw new UserError(`there is no bench '${name}'; there are ${known}`);
        }
        if (flags.size !== 'small' && flags.size !== 'reference') {
          throw new UserError(`--size: '${flags.size}' is neither small nor reference`);
        }
        const result = await bench(flags.size);
        if (flags.json) printJson(result);
        else {
          const rows = Object.entries(result.figures).map(([key, value]) => [key, String(value)]);
          printTable([result.name, ''], rows);
        }
        return 0;
      }),
    );
}
