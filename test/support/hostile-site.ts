/** A small service with close limits, a good sender beside the bad ones, and what the counters gained. */
import assert from 'node:assert/strict';
import { encodeSnappy } from '../../server/remote-write/snappy-encoder.ts';
import {
  encodeWriteV1,
  encodeWriteV2,
  type SeriesToWrite,
} from '../../server/remote-write/write-encoder.ts';
import { START_MS, startSmallService } from './small-service.ts';

export const MAX_BYTES = 4_000_000;
export const MAX_SERIES = 5000;
export const TIMEOUT_S = 2;
export const PATH = '/api/v1/write';
export const V1 = { 'content-encoding': 'snappy', 'content-type': 'application/x-protobuf' };
export const V2 = {
  ...V1,
  'content-type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request',
};

export type Headers = Readonly<Record<string, string>>;
export type Labels = SeriesToWrite['labels'];
export type Value = number | 'stale';

/** A metric of a host that the site has. */
export const series = (
  name: string,
  more: Labels,
  ...samples: [Value, number][]
): SeriesToWrite => ({
  labels: [['__name__', name], ['instance', 'r1-k1-n2:9100'], ...more],
  samples: samples.map(([value, atMs]) => ({ value, atMs })),
});
export const write1 = (...all: SeriesToWrite[]) => encodeSnappy(encodeWriteV1(all));
export const write2 = (...all: SeriesToWrite[]) => encodeSnappy(encodeWriteV2(all));

export async function openHostileSite() {
  const site = await startSmallService({
    config: {
      http: { requestTimeoutS: TIMEOUT_S },
      ingest: { maxSeries: MAX_SERIES, maxRequestBytes: MAX_BYTES },
    },
  });
  let nowMs = START_MS;
  let goodValue = 0;

  async function post(body: Uint8Array, headers: Headers = V1) {
    const request = { method: 'POST', headers, body: Buffer.from(body) };
    const response = await fetch(`${site.url}${PATH}`, request);
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  return {
    post,
    url: site.url,
    get: site.get,
    stop: () => site.stop(),
    /** Of the service's clock. */
    get nowMs() {
      return nowMs;
    },
    /** What a piece of work added to the counters. */
    async gained(work: () => Promise<unknown>): Promise<Record<string, number>> {
      const counts = () => site.service.ingest.outcomes();
      const earlier = counts();
      await work();
      const grown = Object.entries(counts()).map(
        ([reason, count]) => [reason, count - (earlier[reason] ?? 0)] as const,
      );
      return Object.fromEntries(grown.filter(([, count]) => count > 0));
    },
    /** Write requests that were answered so. */
    async answered(status: number): Promise<number> {
      const page = await (await site.get('/metrics')).text();
      const label = `route="${PATH}",method="POST",status="${status}"`;
      const line = page.split('\n').find(each => each.includes(`requests_total{${label}}`));
      return Number(line?.split(' ').at(-1) ?? 0);
    },
    /** The good sender's next value arrives, and the service says that it lives. */
    async livesOn(): Promise<void> {
      assert.equal((await site.get('/livez')).status, 200);
      nowMs += 1000;
      site.clock.nowMs = nowMs;
      goodValue++;
      const labels: Labels = [
        ['__name__', 'node_load1'],
        ['instance', 'r1-k1-n1:9100'],
      ];
      const good = { labels, samples: [{ value: goodValue, atMs: nowMs }] };
      const { status, text } = await post(write1(good));
      assert.deepEqual([status, text], [204, '']);
      const state = await site.get('/api/v1/state/r1-k1-n1');
      const { signals } = (await state.json()) as { signals: Record<string, { value: number }> };
      assert.equal(signals.load1Count.value, goodValue);
    },
  };
}

export type HostileSite = Awaited<ReturnType<typeof openHostileSite>>;
