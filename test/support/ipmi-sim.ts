/** OpenIPMI's simulated BMC, started from the fixtures on free ports. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './outside-process.ts';

const FIXTURE = new URL('../fixtures/ipmi-sim/', import.meta.url).pathname;

export const IPMI_USER = { username: 'reader', password: 'secret' };

/** Raw sensor values; see the README of the fixture for the steps. */
type IpmiValues = Readonly<Record<'inlet' | 'fan1' | 'psu1' | 'gpu1' | 'power', number>>;

export interface IpmiSim {
  readonly port: number;
  set(name: keyof IpmiValues, raw: number): void;
  stop(): Promise<void>;
}

/** @returns the programs that are missing here */
export const missingIpmiPrograms = (): string[] =>
  ['ipmi_sim', 'ipmitool'].filter(
    program => spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0,
  );

export async function startIpmiSim(values: IpmiValues): Promise<IpmiSim> {
  const folder = mkdtempSync(join(tmpdir(), 'orrery-ipmi-'));
  cpSync(FIXTURE, folder, { recursive: true });
  for (const name of ['state', 'values']) mkdirSync(join(folder, name));
  const set = (name: keyof IpmiValues, raw: number) =>
    writeFileSync(join(folder, 'values', name), `${raw}\n`);
  for (const [name, raw] of Object.entries(values)) set(name as keyof IpmiValues, raw);
  const port = await freeUdpPort();
  const lan = join(folder, 'lan.conf');
  const text = readFileSync(lan, 'utf8')
    .replace('LAN_PORT', String(port))
    .replace('CONSOLE_PORT', String(await freePort()));
  writeFileSync(lan, text);
  const args = ['-n', '-c', 'lan.conf', '-f', 'sim.emu', '-s', join(folder, 'state')];
  const child = spawn('ipmi_sim', args, { cwd: folder, stdio: 'ignore' });
  const stop = async () => {
    await ended(child);
    rmSync(folder, { recursive: true, force: true });
  };
  return { port, set, stop };
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return Promise.resolve();
  return new Promise(resolve => {
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}

function freeUdpPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    socket.once('error', reject);
    socket.bind(0, '127.0.0.1', () => {
      const { port } = socket.address();
      socket.close(() => resolve(port));
    });
  });
}
