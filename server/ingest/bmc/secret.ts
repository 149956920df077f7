/** Passwords of BMCs: from the environment or a file, read at every login, so that they rotate. */
import { readFile } from 'node:fs/promises';

export interface SecretConfig {
  readonly password?: string | undefined;
  readonly passwordEnv?: string | undefined;
  readonly passwordFile?: string | undefined;
}

type Secret = { readonly ok: true; readonly value: string } | { ok: false; error: string };

/** A missing variable or file is an answer, not an exception: the other BMCs go on. */
export async function readSecret(config: SecretConfig): Promise<Secret> {
  if (config.password !== undefined) return { ok: true, value: config.password };
  if (config.passwordEnv !== undefined) {
    const value = process.env[config.passwordEnv];
    return value === undefined
      ? { ok: false, error: `passwordEnv: environment variable ${config.passwordEnv} is not set` }
      : { ok: true, value };
  }
  if (config.passwordFile === undefined) return { ok: true, value: '' };
  try {
    const text = await readFile(config.passwordFile, 'utf8');
    return { ok: true, value: text.replace(/\r?\n$/, '') };
  } catch (error) {
    return { ok: false, error: `passwordFile: ${(error as Error).message}` };
  }
}
