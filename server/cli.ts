/**
 * The command line, and the one place that puts all parts together. Exit codes: 0 ok, 1 the answer
 * is no, 2 bad input, 3 internal error.
 */
import { Command, CommanderError } from 'commander';
import type { Run } from './cli/run.ts';
import { packageVersion } from './package-layout.ts';
import { UserError } from './user-error.ts';

type Go = (command: Run) => Promise<void>;
type Register = (program: Command, go: Go) => Promise<void>;

/** Each brings its own part of the product along: what is not asked for is not loaded. */
const COMMANDS: Readonly<Record<string, Register>> = {
  serve: async (program, go) =>
    (await import('./cli/serve.ts')).serveCommand(program, go, packageVersion()),
  replay: async (program, go) =>
    (await import('./cli/replay.ts')).replayCommand(program, go, packageVersion()),
  check: async (program, go) => (await import('./cli/check.ts')).checkCommand(program, go),
  state: async (program, go) => (await import('./cli/read.ts')).stateCommand(program, go),
  unmatched: async (program, go) => (await import('./cli/read.ts')).unmatchedCommand(program, go),
  headroom: async (program, go) => (await import('./cli/read.ts')).headroomCommand(program, go),
  availability: async (program, go) =>
    (await import('./cli/availability.ts')).availabilityCommand(program, go),
  whatif: async (program, go) => (await import('./cli/whatif.ts')).whatifCommand(program, go),
  forecast: async (program, go) => (await import('./cli/read.ts')).forecastCommand(program, go),
  bench: async (program, go) => {
    const { createLab } = await import('../scenarios/lab/lab.ts');
    const { drawFaults } = await import('../scenarios/lab/fault-draw.ts');
    (await import('./cli/bench.ts')).benchCommand(program, go, { createLab, drawFaults });
  },
  model: async (program, go) => (await import('./cli/model.ts')).modelCommand(program, go),
  energy: async (program, go) => (await import('./cli/energy.ts')).energyCommand(program, go),
  papers: async (program, go) => (await import('./cli/papers.ts')).papersCommand(program, go),
  fidelity: async (program, go) => (await import('./cli/fidelity.ts')).fidelityCommand(program, go),
};

export async function main(argv: readonly string[]): Promise<void> {
  const program = new Command('orrery')
    .description('A live digital twin of GPU data centres')
    .version(packageVersion())
    .exitOverride()
    .showHelpAfterError('(orrery --help lists the commands)');
  let code = 0;
  const go = async (command: Run) => {
    code = await command();
  };
  // Whoever reads half of the output (`| head`) is no error of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  const asked = argv[2] ?? '';
  const wanted = Object.hasOwn(COMMANDS, asked) ? [COMMANDS[asked]] : Object.values(COMMANDS);
  for (const register of wanted) await register(program, go);
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
