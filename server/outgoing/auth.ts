/** How Orrery shows others who it is: one set of fields and one header for all that it calls. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';

export const authFields = {
  bearerTokenEnv: z.string().optional().describe('Environment variable with a bearer token.'),
  bearerTokenFile: z.string().optional().describe('File with a bearer token, read each time.'),
  basicAuth: z
    .strictObject({
      username: z.string().describe('User name.'),
      passwordEnv: z.string().describe('Environment variable with the password.'),
    })
    .optional()
    .describe('User name, and the environment variable with the password.'),
} as const;

const auth = z.object(authFields);

/**
 * The header, or none where nothing is configured.
 * @throws Error naming the file or the variable that is not there
 */
export function authorization(config: z.output<typeof auth>): Record<string, string> {
  const { bearerTokenEnv, bearerTokenFile, basicAuth } = config;
  if (bearerTokenFile) return bearer(readFileSync(bearerTokenFile, 'utf8').trim());
  if (bearerTokenEnv) return bearer(fromEnvironment('bearerTokenEnv', bearerTokenEnv));
  if (!basicAuth) return {};
  const password = fromEnvironment('basicAuth.passwordEnv', basicAuth.passwordEnv);
  const pair = Buffer.from(`${basicAuth.username}:${password}`);
  return { authorization: `Basic ${pair.toString('base64')}` };
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

function fromEnvironment(field: string, name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${field}: the variable ${name} is not set`);
  return value;
}
