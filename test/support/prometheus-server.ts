/** A real Prometheus with a given configuration, and its query API. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort, startProgram, temporaryDir } from './outside-process.ts';

export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface PrometheusServer {
  readonly url: string;
  /** Result of an instant query. @throws Error with the server's message for a bad query. */
  query(expr: string): Promise<readonly Sample[]>;
  labelValues(selector: string, label: string): Promise<readonly string[]>;
  stop(): Promise<void>;
}

/**
 * @param files name to content; `prometheus.yml` must be among them.
 * @param options further arguments of the command line.
 */
export async function startPrometheus(
  files: Readonly<Record<string, string>>,
  options: readonly string[] = [],
): Promise<PrometheusServer> {
  const dir = await temporaryDir('prometheus');
  for (const [name, content] of Object.entries(files)) await writeFile(join(dir, name), content);
  const address = `127.0.0.1:${await freePort()}`;
  const url = `http://${address}`;
  const args = [
    '--config.file=prometheus.yml',
    '--storage.tsdb.path=tsdb',
    `--web.listen-address=${address}`,
    ...options,
  ];
  const { stop } = await startProgram('prometheus', args, dir, async () => {
    const { ok } = await fetch(`${url}/-/ready`);
    return ok;
  });
  return {
    url,
    stop,
    query: async expr => {
      const body = new URLSearchParams({ query: expr });
      const answer = await json(fetch(`${url}/api/v1/query`, { method: 'POST', body }), expr);
      return (answer as { result: RawSample[] }).result.map(({ metric, value }) => ({
        metric,
        value: Number(value[1]),
      }));
    },
    labelValues: async (selector, label) => {
      const query = new URLSearchParams({ 'match[]': selector });
      const values = await json(fetch(`${url}/api/v1/label/${label}/values?${query}`), selector);
      return values as string[];
    },
  };
}

interface Answer {
  readonly status: string;
  readonly error?: string;
  readonly data: unknown;
}

interface RawSample {
  readonly metric: Record<string, string>;
  readonly value: [number, string];
}

async function json(request: Promise<Response>, what: string) {
  const answer = (await (await request).json()) as Answer;
  if (answer.status !== 'success') throw new Error(`${answer.error}: ${what}`);
  return answer.data;
}
