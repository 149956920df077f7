/**
 * The command line, and the one place that puts all parts together. Exit codes: 0 ok, 1 the answer
 * is no, 2 bad input, 3 internal error.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command, CommanderError } from 'commander';
import { createLab } from '../scenarios/lab/lab.ts';
import { benchCommand } from './cli/bench.ts';
import { checkCommand } from './cli/check.ts';
import { fidelityCommand } from './cli/fidelity.ts';
import { papersCommand } from './cli/papers.ts';
import { forecastCommand, headroomCommand, stateCommand, unmatchedCommand } from './cli/read.ts';
import { replayCommand } from './cli/replay.ts';
import type { Run } from './cli/run.ts';
import { serveCommand } from './cli/serve.ts';
import { whatifCommand } from './cli/whatif.ts';
import { UserError } from './user-error.ts';

export async function main(argv: readonly string[]): Promise<void> {
  const program = new Command('orrery')
    .description('A live digital twin of GPU data centres')
    .version(packageVersion())
    .exitOverride()
    .showHelpAfterError('(orrery --help lists the commands)');
  let code = 0;
  const run = async (command: Run) => {
    code = await command();
  };
  serveCommand(program, run, packageVersion());
  replayCommand(program, run, packageVersion());
  checkCommand(program, run);
  stateCommand(program, run);
  unmatchedCommand(program, run);
  headroomCommand(program, run);
  whatifCommand(program, run);
  forecastCommand(program, run);
  benchCommand(program, run, createLab);
  papersCommand(program, run);
  fidelityCommand(program, run);
  try {
    await program.parseAsync(argv as string[]);
  } catch (error) {
    code = report(error);
  }
  process.exitCode = code;
}

function report(error: unknown): number {
  // Commander has already said what is wrong with the command line.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof UserError) {
    process.stderr.write(`${error.message}\n`);
    return error.code;
  }
  process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
  return 3;
}

function packageVersion(): string {
  // One folder up from a checkout's server/, two from the packed dist/server/.
  for (const up of ['../package.json', '../../package.json']) {
    try {
      const text = readFileSync(fileURLToPath(new URL(up, import.meta.url)), 'utf8');
      return (JSON.parse(text) as { version: string }).version;
    } catch {
      // Not here: the other layout.
    }
  }
  return '0.0.0';
}
