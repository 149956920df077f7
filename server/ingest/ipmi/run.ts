/** Runs ipmitool once. The password goes by the environment: arguments are visible to everyone. */
import { spawn } from 'node:child_process';
import { readSecret } from '../bmc/secret.ts';
import type { IpmitoolSourceConfig } from './config.ts';

/** A SEL of some thousand entries is a few hundred kB. */
const MAX_OUTPUT_BYTES = 4 * 1024 * 1024;

export type Ran =
  | { readonly ok: true; readonly text: string }
  | {
      readonly ok: false;
      readonly error: string;
      /** The BMC answered that it does not know the command. */
      readonly unsupported: boolean;
    };

export type RunIpmitool = (command: readonly string[], signal: AbortSignal) => Promise<Ran>;

export function ipmitoolArguments(config: IpmitoolSourceConfig): string[] {
  const { address, port, username, cipherSuite, privilege } = config;
  return [
    ...['-I', 'lanplus', '-C', String(cipherSuite), '-H', address, '-p', String(port)],
    ...(username === undefined ? [] : ['-U', username]),
    ...(privilege === undefined ? [] : ['-L', privilege]),
    '-E',
  ];
}

export function createRunner(config: IpmitoolSourceConfig): RunIpmitool {
  const common = ipmitoolArguments(config);
  return async (command, signal) => {
    const secret = await readSecret(config);
    if (!secret.ok) return { ok: false, error: secret.error, unsupported: false };
    // times in UTC and messages in English, whatever this machine is set to
    const env = {
      ...{ PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' },
      IPMI_PASSWORD: secret.value,
    };
    return run(config, [...common, ...command], env, signal);
  };
}

function run(
  config: IpmitoolSourceConfig,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<Ran> {
  return new Promise(resolve => {
    const child = spawn(config.command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const output: Buffer[] = [];
    const errors: Buffer[] = [];
    let bytes = 0;
    let killedFor: string | undefined;
    const kill = (why: string) => {
      killedFor ??= why;
      child.kill('SIGKILL');
    };
    const stop = () => kill('poll budget spent');
    const timer = setTimeout(
      () => kill(`no answer within ${config.commandTimeoutS} s`),
      config.commandTimeoutS * 1_000,
    );
    signal.addEventListener('abort', stop, { once: true });
    const collect = (into: Buffer[]) => (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MAX_OUTPUT_BYTES) kill(`output larger than ${MAX_OUTPUT_BYTES} bytes`);
      else into.push(chunk);
    };
    child.stdout.on('data', collect(output));
    child.stderr.on('data', collect(errors));
    child.once('error', error => {
      killedFor ??= `cannot run ${config.command}: ${error.message}`;
    });
    child.once('close', code => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      const text = Buffer.concat(output).toString('utf8');
      const said = Buffer.concat(errors).toString('utf8');
      resolve(outcome(code, text, said, killedFor));
    });
  });
}

const UNSUPPORTED = /invalid command|command not supported|not supported in present state|\(c1\)/i;

function outcome(
  code: number | null,
  text: string,
  said: string,
  killedFor: string | undefined,
): Ran {
  if (killedFor !== undefined) return { ok: false, error: killedFor, unsupported: false };
  const complaint = (said.trim() || text.trim()).split('\n')[0] ?? '';
  const unsupported = UNSUPPORTED.test(complaint);
  if (code === 0 && !unsupported) return { ok: true, text };
  return { ok: false, error: complaint || `ipmitool ended with ${code}`, unsupported };
}
