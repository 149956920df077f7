/** The command line as users meet it: a process with arguments, an exit code and two outputs. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const BIN = fileURLToPath(new URL('../../bin/orrery.js', import.meta.url));

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface RunOptions {
  readonly stdin?: string;
  /** Another Node than the one that runs the tests. */
  readonly node?: string;
  /** Modules run before the command, as `data:` addresses or files. */
  readonly imports?: readonly string[];
}

/** Runs a command of the project, and waits for its end. */
export function orrery(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const flags = (options.imports ?? []).map(module => `--import=${module}`);
  return runNode([...flags, BIN, ...args], { cwd: ROOT, ...options });
}

/** Runs Node with these arguments, and waits for its end. */
export function runNode(
  args: readonly string[],
  options: RunOptions & { readonly cwd: string },
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(options.node ?? process.execPath, args, { cwd: options.cwd });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', chunk => {
      stdout += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', chunk => {
      stderr += chunk;
    });
    child.once('error', reject);
    child.once('close', code => resolve({ code: code ?? -1, stdout, stderr }));
    child.stdin.end(options.stdin ?? '');
  });
}

export interface Service {
  readonly process: ChildProcess;
  /** Where it answers, as it says itself. */
  readonly url: string;
  /** Where the simulated hardware answers, with `--demo`. */
  readonly plantUrl: string | undefined;
  /** Everything that it has said so far. */
  log(): string;
  /** Sends a signal, to its whole group as a terminal does, and waits for the end. */
  end(signal: NodeJS.Signals, group?: 'group'): Promise<{ code: number | null; tookMs: number }>;
}

/** Starts `orrery serve` and waits until it says where it answers. @throws Error with its output */
export async function startService(
  args: readonly string[],
  { bin, cwd }: { readonly bin: string; readonly cwd: string } = { bin: BIN, cwd: ROOT },
): Promise<Service> {
  // A group of its own: what the service leaves behind can be found, and ended.
  const child = spawn(process.execPath, [bin, 'serve', '--port', '0', ...args], {
    ...{ cwd, detached: true },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exit = new Promise<number | null>(resolve => child.once('exit', resolve));
  let log = '';
  let url: string | undefined;
  await new Promise<void>((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', chunk => {
      log += chunk;
      url ??= /Orrery at (\S+)/.exec(log)?.[1];
      if (url) resolve();
    });
    child.once('error', reject);
    void exit.then(code => reject(new Error(`serve ended with code ${code}: ${log}`)));
  });
  return {
    process: child,
    url: url ?? '',
    get plantUrl() {
      return /hardware at (http:\/\/[\d.:]+\d)/.exec(log)?.[1];
    },
    log: () => log,
    async end(signal, group) {
      const startedMs = performance.now();
      if (child.exitCode === null && child.signalCode === null) {
        process.kill(group ? -(child.pid ?? 0) : (child.pid ?? 0), signal);
      }
      const code = await exit;
      return { code, tookMs: performance.now() - startedMs };
    },
  };
}

/** Waits until the service is ready. @throws Error with what it waits for and what it has said */
export async function untilReady(service: Service, withinMs: number): Promise<void> {
  const endMs = Date.now() + withinMs;
  for (;;) {
    const response = await fetch(`${service.url}/readyz`);
    if (response.ok) return;
    const says = await response.text();
    if (Date.now() > endMs) {
      throw new Error(`not ready after ${withinMs} ms: ${says}\n${service.log().slice(-4000)}`);
    }
    await new Promise(done => setTimeout(done, 100));
  }
}
