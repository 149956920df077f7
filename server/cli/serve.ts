/** `serve`: the service, with `--demo` the plant beside it. */
import type { Command } from 'commander';
import { fastClock, wallClock } from '../clock.ts';
import { packagePath } from '../package-layout.ts';
import { type Serving, serve } from '../serve.ts';
import { UserError } from '../user-error.ts';
import { type Demo, startDemo } from './demo.ts';
import { loadConfig, loadInventory, loadTopology } from './load.ts';
import type { Go } from './run.ts';

interface ServeFlags {
  readonly inventory?: string;
  readonly config?: string;
  readonly port?: string;
  readonly dataDir?: string;
  readonly demo?: boolean;
  readonly speed: string;
  readonly faults: boolean;
}

export function serveCommand(program: Command, go: Go, version: string) {
  program
    .command('serve')
    .description('run the service')
    .option('--inventory <file>', 'what stands where; the demo site unless given')
    .option('--config <file>', 'sources, access, alerting; see docs/operations.md')
    .option('--port <n>', 'port, instead of the configured one')
    .option('--data-dir <dir>', 'keep journal, snapshots and history there')
    .option('--demo', 'start a simulated site beside it and read that')
    .option('--speed <x>', 'with --demo: how much faster than real time', '1')
    .option('--no-faults', 'with --demo: a site in which nothing is broken')
    .action((flags: ServeFlags) => go(() => runServe(flags, version)));
}

async function runServe(flags: ServeFlags, version: string): Promise<number> {
  const speed = positive('--speed', flags.speed);
  if (!flags.demo && !flags.inventory) {
    throw new UserError('give --inventory FILE, or --demo for the simulated site');
  }
  const file = flags.inventory ?? packagePath('scenarios/demo.yaml') ?? 'scenarios/demo.yaml';
  const topology = loadTopology(file);
  const startMs = Date.now();
  const clock = speed === 1 ? wallClock : fastClock(startMs, speed);
  let config = loadConfig(flags.config);
  if (flags.port !== undefined) {
    config = { ...config, http: { ...config.http, port: portNumber(flags.port) } };
  }
  if (flags.dataDir !== undefined) {
    config = { ...config, storage: { ...config.storage, dir: flags.dataDir } };
  }
  let demo: Demo | undefined;
  if (flags.demo) {
    const hasFaults = flags.faults;
    demo = await startDemo({ topology, config, speed, startMs, hasFaults });
    config = demo.config;
  }
  const pageDir = packagePath('dashboards/live/dist');
  const serving = await serve({
    ...{ topology, config, clock, version },
    ...(pageDir ? { pageDir } : {}),
  }).catch(error => {
    demo?.stop();
    throw error;
  });
  greet(serving.url, demo);
  process.on('SIGHUP', () => reload(serving, file));
  await ended();
  await serving.stop();
  demo?.stop();
  return 0;
}

/** A bad file changes nothing, and must not end the service. */
function reload({ service }: Serving, file: string) {
  const { live, log } = service;
  try {
    const result = live.reload(loadInventory(file));
    const { generation } = live.twin.topology;
    if (result.ok) log.info({ file, generation }, 'a new inventory has taken over');
    else log.error({ file, problems: result.problems }, 'inventory not taken: all stays as it was');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    log.error({ file, why }, 'inventory not taken: all stays as it was');
  }
}

function greet(url: string, demo: Demo | undefined) {
  const lines = [`Orrery at ${url}  (live page, ${url}/openapi.json, ${url}/metrics)`];
  if (demo) {
    lines.push(`Simulated hardware at ${demo.url}. What is broken in it:`);
    lines.push(...demo.faults.map(fault => `  - ${fault}`));
  }
  process.stderr.write(`${lines.join('\n')}\n`);
}

export function positive(flag: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new UserError(`${flag}: '${text}' is not a positive number`);
  return value;
}

export function portNumber(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= 65_535) return value;
  throw new UserError(`--port: '${text}' is not a port; 0 takes a free one`);
}

export const ended = () =>
  new Promise<void>(resolve => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
