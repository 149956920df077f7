/** Stores of others that a test kills and starts again: folder, address and what is stored stay. */
import { type ChildProcess, spawn } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort, temporaryDir, until } from './outside-process.ts';

interface Restartable {
  readonly url: string;
  start(): Promise<void>;
  /** By SIGKILL; or by SIGTERM where a store answers before it has written. */
  kill(): Promise<void>;
  remove(): Promise<void>;
}

interface Program {
  readonly name: string;
  readonly argsOf: (address: string) => readonly string[];
  readonly readyPath: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly signal?: NodeJS.Signals;
}

async function restartable(program: Program): Promise<Restartable> {
  const { name, argsOf, readyPath, files = {}, signal = 'SIGKILL' } = program;
  const dir = await temporaryDir(name);
  for (const [file, text] of Object.entries(files)) await writeFile(join(dir, file), text);
  const address = `127.0.0.1:${await freePort()}`;
  const url = `http://${address}`;
  let child: ChildProcess | undefined;
  async function start() {
    const made = spawn(name, argsOf(address), { cwd: dir, stdio: 'ignore' });
    child = made;
    await until(`${name} to be ready`, 30_000, async () => {
      if (made.exitCode !== null || made.pid === undefined) throw new Error(`${name} has ended`);
      return fetch(`${url}${readyPath}`).then(
        ({ ok }) => ok,
        () => false,
      );
    });
  }
  async function kill() {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise(resolve => child?.once('exit', resolve));
    child.kill(signal);
    await gone;
  }
  return {
    ...{ url, start, kill },
    async remove() {
      await kill();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** Takes remote write; answers queries at once. */
export const prometheusStore = () =>
  restartable({
    name: 'prometheus',
    argsOf: address => [
      ...['--config.file=prometheus.yml', '--storage.tsdb.path=tsdb'],
      ...[`--web.listen-address=${address}`, '--web.enable-remote-write-receiver'],
    ],
    readyPath: '/-/ready',
    files: { 'prometheus.yml': 'global: {}\n' },
  });

/** Takes remote write and InfluxDB's line protocol. */
export const victoriaStore = () =>
  restartable({
    name: 'victoria-metrics',
    argsOf: address => [
      ...['-storageDataPath=data', `-httpListenAddr=${address}`, '-memory.allowedBytes=128MB'],
      // It leaves out the newest 30 s unless told.
      '-search.latencyOffset=0s',
    ],
    readyPath: '/health',
    signal: 'SIGTERM',
  });

/** It answers before queries see what was written. */
export async function settleVictoria(url: string): Promise<void> {
  await fetch(`${url}/internal/force_flush`);
}

interface RangeSeries {
  readonly metric: Readonly<Record<string, string>>;
  /** Raw samples: epoch ms and value. */
  readonly samples: readonly (readonly [atMs: number, value: number])[];
}

/** Samples as they are stored, by a range selector. */
export async function storedSamples(
  url: string,
  selector: string,
  atMs: number,
  range = '10m',
): Promise<RangeSeries[]> {
  const query = new URLSearchParams({ query: `${selector}[${range}]`, time: String(atMs / 1000) });
  const answer = await fetch(`${url}/api/v1/query?${query}`);
  const body = (await answer.json()) as {
    error?: string;
    data?: { result: { metric: Record<string, string>; values: [number, string][] }[] };
  };
  if (!body.data) throw new Error(`${body.error}: ${selector}`);
  return body.data.result.map(({ metric, values }) => ({
    metric,
    samples: values.map(([s, value]) => [Math.round(1000 * s), Number(value)] as const),
  }));
}

/** An instant query's values, by the label. */
export async function valuesNow(
  url: string,
  expr: string,
  label: string,
  atMs: number,
): Promise<Record<string, number>> {
  const query = new URLSearchParams({ query: expr, time: String(atMs / 1000) });
  const answer = await fetch(`${url}/api/v1/query?${query}`);
  const body = (await answer.json()) as {
    data: { result: { metric: Record<string, string>; value: [number, string] }[] };
  };
  return Object.fromEntries(
    body.data.result.map(({ metric, value }) => [metric[label], Number(value[1])]),
  );
}
