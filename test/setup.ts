/**
 * The programs of others that the tests run: which are missing, and installing them on Debian.
 *   node test/setup.ts           installs what is missing when it may, else says what to do
 *   node test/setup.ts --in-ci   the same where CI=true, and nothing elsewhere: there, tests that
 *                                miss a program are skipped and say so
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isInstalled } from './support/outside-process.ts';

interface Need {
  readonly package: string;
  readonly programs?: readonly string[];
  readonly file?: string;
  readonly for: string;
}

const NEEDS: readonly Need[] = [
  { package: 'prometheus', programs: ['prometheus', 'promtool'], for: 'the chain, boards, rules' },
  { package: 'prometheus-alertmanager', programs: ['prometheus-alertmanager'], for: 'alerts' },
  { package: 'victoria-metrics', programs: ['victoria-metrics'], for: 'the PromQL source' },
  { package: 'influxdb', programs: ['influxd'], for: 'forecasts and history' },
  { package: 'prometheus-node-exporter', programs: ['prometheus-node-exporter'], for: 'hosts' },
  { package: 'prometheus-ipmi-exporter', programs: ['prometheus-ipmi-exporter'], for: 'BMCs' },
  { package: 'openssl', programs: ['openssl'], for: 'certificates' },
  { package: 'openipmi', programs: ['ipmi_sim'], for: 'a simulated BMC' },
  { package: 'ipmitool', programs: ['ipmitool'], for: 'the source that spawns it' },
  { package: 'strace', programs: ['strace'], for: 'the order of system calls' },
  { package: 'chromium', programs: ['chromium'], for: 'the live page' },
  {
    package: 'fonts-dejavu-core',
    file: '/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf',
    for: 'text on the live page',
  },
];

function main(args: readonly string[]): number {
  if (args.includes('--in-ci') && process.env.CI !== 'true') return 0;
  const missing = NEEDS.filter(need => !isThere(need));
  if (missing.length === 0) {
    say('every program that the tests run is installed');
    return 0;
  }
  for (const need of missing) say(`missing: ${need.package} (for ${need.for})`);
  const command = ['apt-get', 'install', '-y', '--no-install-recommends'];
  command.push(...missing.map(need => need.package));
  if (!isDebian() || process.getuid?.() !== 0) {
    say(`run as root on Debian: apt-get update && ${command.join(' ')}`);
    return process.env.CI === 'true' ? 1 : 0;
  }
  return install(command, missing);
}

const say = (line: string) => process.stdout.write(`setup: ${line}\n`);

const isThere = ({ programs = [], file }: Need) =>
  programs.every(isInstalled) && (file === undefined || existsSync(file));

function isDebian(): boolean {
  if (!existsSync('/etc/os-release')) return false;
  return /^ID(_LIKE)?=.*debian/m.test(readFileSync('/etc/os-release', 'utf8'));
}

/** Debian starts a service as it installs it; a policy of 101 keeps it from doing so. */
const POLICY = '/usr/sbin/policy-rc.d';

function install(command: readonly string[], wanted: readonly Need[]): number {
  const isOurPolicy = !existsSync(POLICY);
  if (isOurPolicy) writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  const startedAt = Date.now();
  try {
    apt(['apt-get', 'update']);
    apt(command);
  } catch (error) {
    const { stdout, stderr, message } = error as Error & { stdout?: Buffer; stderr?: Buffer };
    process.stderr.write(`${stdout ?? ''}${stderr ?? ''}${message}\n`);
    return 1;
  } finally {
    if (isOurPolicy) rmSync(POLICY);
  }
  const left = wanted.filter(need => !isThere(need)).map(need => need.package);
  if (left.length > 0) {
    say(`installed, and yet not found: ${left.join(', ')}`);
    return 1;
  }
  say(`installed ${wanted.length} packages in ${Math.round((Date.now() - startedAt) / 1000)} s`);
  return 0;
}

function apt([program, ...args]: readonly string[]) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  execFileSync(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 2 ** 26 });
}

process.exitCode = main(process.argv.slice(2));
