/** The read API of Prometheus at some address, and whether two answers say the same. */

import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { promqlConfig } from '../../server/promql/config.ts';
import { type PromDeps, promRoutes } from '../../server/promql/http/routes.ts';
import type { SeriesStore } from '../../server/promql/series-store.ts';
import { encodeSnappy } from '../../server/remote-write/snappy-encoder.ts';
import { encodeWriteV1 } from '../../server/remote-write/write-encoder.ts';
import type { TestSeries } from './memory-series.ts';

interface ApiAnswer {
  readonly status: number;
  readonly body: {
    readonly status: string;
    readonly errorType?: string;
    readonly error?: string;
    readonly data?: unknown;
  };
}

export interface Api {
  readonly url: string;
  get(path: string, params?: Record<string, string>): Promise<ApiAnswer>;
  post(path: string, params: Record<string, string>): Promise<ApiAnswer>;
}

/** @param url up to and with `/api/v1`. */
export function apiAt(url: string): Api {
  const answered = async (request: Promise<Response>): Promise<ApiAnswer> => {
    const response = await request;
    return { status: response.status, body: (await response.json()) as ApiAnswer['body'] };
  };
  return {
    url,
    get: (path, params = {}) => answered(fetch(`${url}${path}?${new URLSearchParams(params)}`)),
    post: (path, params) =>
      answered(fetch(`${url}${path}`, { method: 'POST', body: new URLSearchParams(params) })),
  };
}

export interface ServedApi extends Api {
  close(): Promise<void>;
}

interface ServeOptions extends Pick<PromDeps, 'alerts' | 'onError'> {
  readonly nowMs?: () => number;
  readonly limits?: Record<string, unknown>;
}

/** Our routes alone, over a store. */
export async function serveApi(store: SeriesStore, options: ServeOptions = {}): Promise<ServedApi> {
  const app = express();
  const { nowMs, limits: given, ...more } = options;
  const clock = { now: nowMs ?? Date.now };
  const limits = promqlConfig.parse(given ?? {});
  app.use(
    '/prom/api/v1',
    promRoutes({ ...{ store, clock, version: '0.0.0-test', limits }, ...more }),
  );
  const server = app.listen(0, '127.0.0.1');
  await new Promise(done => server.once('listening', done));
  const { port } = server.address() as AddressInfo;
  return {
    ...apiAt(`http://127.0.0.1:${port}/prom/api/v1`),
    close: async () => {
      server.closeAllConnections();
      await new Promise(done => server.close(done));
    },
  };
}

/**
 * Writes to a Prometheus, in one request: a second one could not bring anything much older than what
 * the first one brought. A series `first` opens the time.
 */
export async function writeSeries(
  { url }: Api,
  series: readonly TestSeries[],
  firstMs: number,
): Promise<void> {
  const first = { name: 'first', labels: {}, samples: [{ atMs: firstMs, value: 1 }] };
  const body = encodeWriteV1(
    [first, ...series].map(({ name, labels, samples }) => ({
      labels: Object.entries({ ...labels, __name__: name }).sort(([a], [b]) => (a < b ? -1 : 1)),
      samples,
    })),
  );
  const headers = {
    'content-encoding': 'snappy',
    'content-type': 'application/x-protobuf',
    'x-prometheus-remote-write-version': '0.1.0',
  };
  const request = { method: 'POST', headers, body: encodeSnappy(body) };
  const response = await fetch(`${url}/write`, request);
  assert.equal(response.status, 204, await response.text());
}

interface Element {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: readonly [number, string];
  readonly values?: readonly (readonly [number, string])[];
}

type Point = readonly [number, string];

const RELATIVE = 1e-9;

function isNear(a: string, b: string): boolean {
  if (a === b) return true;
  const [x, y] = [a, b].map(text => Number(text.replace('Inf', 'Infinity')));
  if (!Number.isFinite(x) || !Number.isFinite(y)) return Object.is(x, y);
  return Math.abs(x - y) <= RELATIVE * Math.max(Math.abs(x), Math.abs(y), 1e-3);
}

/** What differs between two answers of a query, in words; undefined when nothing does. */
export function difference(
  ours: ApiAnswer,
  theirs: ApiAnswer,
  isOrdered = false,
): string | undefined {
  if (ours.status !== theirs.status) {
    return `status ${ours.status} (${ours.body.error}), not ${theirs.status} (${theirs.body.error})`;
  }
  if (ours.body.status !== theirs.body.status)
    return `${ours.body.status}, not ${theirs.body.status}`;
  if (ours.body.errorType !== theirs.body.errorType) {
    return `${ours.body.errorType}, not ${theirs.body.errorType}`;
  }
  if (ours.body.status !== 'success') return undefined;
  const [a, b] = [ours, theirs].map(
    ({ body }) => body.data as { resultType: string; result: unknown },
  );
  if (a.resultType !== b.resultType) return `${a.resultType}, not ${b.resultType}`;
  if (a.resultType === 'scalar' || a.resultType === 'string') {
    return pointDifference(a.result as Point, b.result as Point);
  }
  return listDifference(a.result as Element[], b.result as Element[], isOrdered);
}

const keyOf = ({ metric }: Element) =>
  JSON.stringify(Object.entries(metric).sort(([a], [b]) => (a < b ? -1 : 1)));

function listDifference(a: Element[], b: Element[], isOrdered: boolean): string | undefined {
  const [ours, theirs] = [a, b].map(list => list.map(keyOf));
  if (isOrdered && ours.join() !== theirs.join()) return `order ${ours}, not ${theirs}`;
  const found = new Map(b.map(each => [keyOf(each), each]));
  const extra = ours.filter(key => !found.has(key));
  const missing = theirs.filter(key => !ours.includes(key));
  if (extra.length + missing.length > 0) return `too many: ${extra}; missing: ${missing}`;
  for (const each of a) {
    const other = found.get(keyOf(each))!;
    const why = pointsDifference(pointsOf(each), pointsOf(other));
    if (why) return `${keyOf(each)}: ${why}`;
  }
  return undefined;
}

const pointsOf = ({ value, values }: Element): readonly Point[] => values ?? (value ? [value] : []);

function pointsDifference(a: readonly Point[], b: readonly Point[]): string | undefined {
  const [ours, theirs] = [a, b].map(list => new Set(list.map(([at]) => at)));
  const extra = [...ours].filter(at => !theirs.has(at));
  const missing = [...theirs].filter(at => !ours.has(at));
  if (extra.length + missing.length > 0) return `extra times ${extra}; missing times ${missing}`;
  for (let i = 0; i < a.length; i++) {
    const why = pointDifference(a[i], b[i]);
    if (why) return why;
  }
  return undefined;
}

const pointDifference = (a: Point, b: Point) =>
  a[0] === b[0] && isNear(a[1], b[1]) ? undefined : `${a}, not ${b}`;
