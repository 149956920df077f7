/** The servers that `bench ingest` sends to, each a process of its own with what it has used. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { moduleBeside, packagePath } from '../package-layout.ts';
import { UserError } from '../user-error.ts';

export interface Server {
  readonly name: 'orrery' | 'victoriaMetrics' | 'floor';
  /** Where it takes remote write. */
  readonly writeUrl: string;
  readonly url: string;
  /** User and system time of all its threads since it started, s. */
  cpuS(): number;
  rssMB(): number;
  stop(): Promise<void>;
}

const READY_MS = 120_000;
const STOP_MS = 20_000;

/** @throws UserError where what a process has used cannot be read */
export function needProc(): void {
  if (existsSync('/proc/self/stat')) return;
  throw new UserError('bench ingest reads what processes use from /proc, which only Linux has', 1);
}

/** Clock ticks a second of the times in /proc, which Linux gives as 100 everywhere. */
const CLOCK_HZ = 100;

/** Fields of /proc/PID/stat behind the program's name, counted from the state. */
const UTIME = 11;
const STIME = 12;

function cpuSOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[UTIME]) + Number(fields[STIME])) / CLOCK_HZ;
}

function rssMBOf(pid: number): number {
  const kb = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return (Number(kb?.[1]) * 1024) / 1e6;
}

interface OrreryOptions {
  /** Folder for its files; the caller removes it. */
  readonly dir: string;
  readonly inventory: object;
  /** Further sections of the configuration. */
  readonly config?: object;
  /** Whether the durable history follows the journal, in threads of its own. */
  readonly hasHistory?: boolean;
}

/** Which cost the more, the larger the site, and are no part of ingest. */
const NO_FORECASTS = { forecast: { kinds: [], signals: [] } };

/** The service itself, as `orrery serve` runs it; with a journal when this version has one. */
export async function startOrrery(options: OrreryOptions): Promise<Server> {
  const { dir, inventory, config, hasHistory = false } = options;
  const command = packagePath('bin/orrery.js');
  if (command === undefined) throw new Error('bin/orrery.js is missing');
  const inventoryFile = join(dir, 'inventory.json');
  const configFile = join(dir, 'config.json');
  writeFileSync(inventoryFile, JSON.stringify(inventory));
  const base = { apiVersion: 'orrery/v1', kind: 'Config', logLevel: 'warn', ...NO_FORECASTS };
  writeFileSync(configFile, JSON.stringify({ ...base, ...config }));
  const dataDir = hasJournal(command) ? ['--data-dir', join(dir, 'data')] : [];
  if (!hasHistory) keepHistoryOut(join(dir, 'data'));
  const child = spawn(
    process.execPath,
    [
      ...[command, 'serve', '--inventory', inventoryFile, '--config', configFile],
      ...['--port', '0', ...dataDir],
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const url = await told(child, /^Orrery at (\S+)/m, 'orrery serve');
  await answers(`${url}/livez`);
  return server('orrery', child, [url, `${url}/api/v1/write`]);
}

/** A file where its folder would be: the service says so, and goes on with the journal alone. */
function keepHistoryOut(dataDir: string): void {
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(join(dataDir, 'history'), 'kept out by bench ingest');
}

const HELP = new Map<string, boolean>();

/** Whether this version of `serve` keeps a journal. */
export function hasJournal(command = packagePath('bin/orrery.js') ?? ''): boolean {
  const known = HELP.get(command);
  if (known !== undefined) return known;
  const { stdout } = spawnSync(process.execPath, [command, 'serve', '--help'], {
    encoding: 'utf8',
  });
  const has = stdout.includes('--data-dir');
  HELP.set(command, has);
  return has;
}

const VICTORIA = 'victoria-metrics';

/** Whether there is a victoria-metrics on the PATH; Debian's does not say its version. */
export const hasVictoria = () =>
  (process.env.PATH ?? '').split(':').some(folder => existsSync(join(folder, VICTORIA)));

export async function startVictoria(dir: string): Promise<Server> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(
    VICTORIA,
    [`-storageDataPath=${join(dir, 'victoria')}`, `-httpListenAddr=127.0.0.1:${port}`],
    { stdio: 'ignore' },
  );
  await answers(`${url}/health`);
  return server('victoriaMetrics', child, [url, `${url}/api/v1/write`]);
}

/** See `ingest-floor.ts`. */
export async function startFloor(dir: string): Promise<Server> {
  const script = fileURLToPath(moduleBeside('ingest-floor', import.meta.url));
  const child = spawn(process.execPath, [script, join(dir, 'floor')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const url = await told(child, /^Floor at (\S+)/m, 'the bare server');
  return server('floor', child, [url, url]);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

function server(name: Server['name'], child: ChildProcess, [url, writeUrl]: string[]): Server {
  const pid = child.pid ?? 0;
  return {
    ...{ name, url, writeUrl },
    cpuS: () => cpuSOf(pid),
    rssMB: () => rssMBOf(pid),
    stop: () => ended(child),
  };
}

/** Waits until the program says something on stderr. */
function told(child: ChildProcess, pattern: RegExp, what: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const late = setTimeout(() => fail('said nothing in time'), READY_MS);
    const fail = (why: string) => {
      clearTimeout(late);
      child.kill('SIGKILL');
      reject(new UserError(`${what} ${why}: ${text}`, 1));
    };
    child.once('exit', code => fail(`ended with ${code}`));
    child.stderr?.on('data', chunk => {
      text = `${text}${chunk}`.slice(-10_000);
      const found = pattern.exec(text);
      if (!found) return;
      clearTimeout(late);
      child.removeAllListeners('exit');
      resolve(found[1]);
    });
  });
}

async function answers(url: string): Promise<void> {
  const untilMs = Date.now() + READY_MS;
  for (;;) {
    const response = await fetch(url).catch(() => undefined);
    if (response?.ok) return;
    if (Date.now() > untilMs) throw new UserError(`${url} does not answer`, 1);
    await new Promise(resolve => setTimeout(resolve, 100));
  }
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise(resolve => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    const forced = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    child.once('exit', () => {
      clearTimeout(forced);
      resolve();
    });
    child.kill('SIGTERM');
  });
}
