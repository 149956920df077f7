/** A real InfluxDB 1.x of its own for one test: temporary folder, loopback, free ports. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './outside-process.ts';

export interface Influxd {
  readonly url: string;
  start(): Promise<void>;
  /** Ends the process; what it stored stays for the next start. */
  halt(): Promise<void>;
  /** Ends it and removes its folder. */
  remove(): Promise<void>;
}

/** Reason to skip, or undefined when influxd is installed. In CI a missing one is a failure. */
export function influxdMissing(): string | undefined {
  const found = spawnSync('influxd', ['version'], { encoding: 'utf8' });
  if (found.status === 0 && /v1\./.test(found.stdout)) return undefined;
  const reason = 'influxd 1.x is not installed (Debian package influxdb)';
  if (process.env.CI === 'true') throw new Error(reason);
  return reason;
}

export async function createInfluxd(): Promise<Influxd> {
  const folder = mkdtempSync(join(tmpdir(), 'orrery-influx-'));
  const [port, rpcPort] = [await freePort(), await freePort()];
  const config = join(folder, 'influxdb.conf');
  writeFileSync(config, configText(folder, port, rpcPort));
  const url = `http://127.0.0.1:${port}`;
  let child: ChildProcess | undefined;

  async function start(): Promise<void> {
    child = spawn('influxd', ['-config', config], { stdio: 'ignore' });
    for (let tries = 0; tries < 150; tries++) {
      const up = await fetch(`${url}/ping`).then(
        answer => answer.status === 204,
        () => false,
      );
      if (up) return;
      if (child.exitCode !== null) throw new Error(`influxd ended with ${child.exitCode}`);
      await sleep(100);
    }
    throw new Error('influxd did not answer within 15 s');
  }

  async function halt(): Promise<void> {
    if (!child || child.exitCode !== null) return;
    const gone = new Promise(resolve => child!.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
    child = undefined;
  }

  async function remove(): Promise<void> {
    await halt();
    rmSync(folder, { recursive: true, force: true });
  }

  return { url, start, halt, remove };
}

const configText = (folder: string, port: number, rpcPort: number) => `
reporting-disabled = true
bind-address = "127.0.0.1:${rpcPort}"
[meta]
  dir = "${folder}/meta"
[data]
  dir = "${folder}/data"
  wal-dir = "${folder}/wal"
  query-log-enabled = false
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:${port}"
  log-enabled = false
`;
