/** `serve`: the service, with `--demo` the plant beside it. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { fastClock, wallClock } from '../clock.ts';
import { type Serving, serve } from '../serve.ts';
import { type Demo, startDemo } from './demo.ts';
import { loadConfig, loadInventory, loadTopology } from './load.ts';
import { UserError } from './output.ts';
import type { Go } from './run.ts';

interface ServeFlags {
  readonly inventory?: string;
  readonly config?: string;
  readonly port?: string;
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
    .option('--demo', 'start a simulated site beside it and read that')
    .option('--speed <x>', 'with --demo: how much faster than real time', '1')
    .option('--no-faults', 'with --demo: a site in which nothing is broken')
    .action((flags: ServeFlags) => go(() => runServe(flags, version)));
}

const inPackage = (path: string) => {
  // One more folder up in the packed layout, where this file is below dist/.
  const near = new URL(`../../${path}`, import.meta.url);
  const far = new URL(`../../../${path}`, import.meta.url);
  return fileURLToPath(existsSync(near) ? near : far);
};

async function runServe(flags: ServeFlags, version: string): Promise<number> {
  const speed = positive('--speed', flags.speed);
  if (!flags.demo && !flags.inventory) {
    throw new UserError('give --inventory FILE, or --demo for the simulated site');
  }
  const file = flags.inventory ?? inPackage('scenarios/demo.yaml');
  const topology = loadTopology(file);
  const startMs = Date.now();
  const clock = speed === 1 ? wallClock : fastClock(startMs, speed);
  let config = loadConfig(flags.config);
  if (flags.port !== undefined) {
    config = { ...config, http: { ...config.http, port: positive('--port', flags.port, 0) } };
  }
  let demo: Demo | undefined;
  if (flags.demo) {
    const hasFaults = flags.faults;
    demo = await startDemo({ topology, config, speed, startMs, hasFaults });
    config = demo.config;
  }
  const pageDir = inPackage('dashboards/live/dist');
  const serving = await serve({
    ...{ topology, config, clock, version },
    ...(existsSync(pageDir) ? { pageDir } : {}),
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

function positive(flag: string, text: string, least = Number.MIN_VALUE): number {
  const value = Number(text);
  if (!(value >= least)) throw new UserError(`${flag}: '${text}' is not a positive number`);
  return value;
}

const ended = () =>
  new Promise<void>(resolve => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
