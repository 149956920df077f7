/** Calls of the commands that read a running service. */
import type { Command } from 'commander';
import { UserError } from '../user-error.ts';

export interface ClientOptions {
  readonly url: string;
  readonly token?: string;
}

export function withClientOptions(command: Command): Command {
  return command
    .option('--url <url>', 'the service', process.env.ORRERY_URL ?? 'http://127.0.0.1:9595')
    .option('--token <token>', 'bearer token; ORRERY_TOKEN unless given');
}

/** @throws UserError with what the service says is wrong. */
export async function call<T>(
  options: ClientOptions,
  path: string,
  body?: { readonly text: string; readonly type: string },
): Promise<T> {
  const token = options.token ?? process.env.ORRERY_TOKEN;
  const headers = {
    accept: 'application/json',
    ...(token ? { authorization: `Bearer ${token}` } : {}),
    ...(body ? { 'content-type': body.type } : {}),
  };
  const init = body ? { method: 'POST', headers, body: body.text } : { headers };
  const url = addressOf(options.url, path);
  let response: Response;
  try {
    response = await fetch(url, init);
  } catch (error) {
    throw new UserError(notReached(options.url, error as Error), 1);
  }
  const text = await response.text();
  if (!response.ok) {
    const hint = response.status === 401 ? ' (--token, or ORRERY_TOKEN)' : '';
    throw new UserError(`${detailOf(text, response)}${hint}`, response.status < 500 ? 2 : 1);
  }
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new UserError(
      `${options.url} is no Orrery: it answers with something else; give --url`,
      1,
    );
  }
}

/** A proxy may serve it below a path of its own. @throws UserError */
function addressOf(url: string, path: string): string {
  if (!/^https?:/.test(url) || !URL.canParse(url)) {
    throw new UserError(`--url: '${url}' is not an address such as http://127.0.0.1:9595`);
  }
  return `${url.replace(/\/+$/, '')}${path}`;
}

/** `fetch` itself says only that it failed. */
function notReached(url: string, { message, cause }: Error): string {
  const { code = '', message: why = message } = (cause ?? {}) as NodeJS.ErrnoException;
  if (code === 'ECONNREFUSED') {
    return `nothing answers at ${url}; start it with: npx orrery serve, or give --url`;
  }
  if (why === 'bad port') return `${url}: this port is kept for another protocol; give --url`;
  const isUntrusted = /CERT|SELF_SIGNED|ISSUER/.test(code);
  const hint = isUntrusted ? '; name its CA in the environment variable NODE_EXTRA_CA_CERTS' : '';
  return `${url} cannot be reached: ${why}${hint}`;
}

function detailOf(text: string, response: Response): string {
  try {
    const problem = JSON.parse(text) as {
      detail?: string;
      errors?: { path: string; message: string }[];
      requestId?: string;
    };
    if (problem.detail === undefined) return strangerText(response);
    if (response.status === 500) {
      return `the service failed at this: request id ${problem.requestId} in its log says why`;
    }
    // A single one is in the detail.
    const errors = problem.errors ?? [];
    const more =
      errors.length > 1 ? errors.map(({ path, message }) => `  ${path}: ${message}`) : [];
    return [problem.detail, ...more].join('\n');
  } catch {
    return strangerText(response);
  }
}

/** Of a proxy on the way, or of something that is no Orrery. */
const strangerText = ({ status, url }: Response) => `HTTP ${status} from ${url}`;
