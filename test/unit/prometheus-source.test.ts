/** What a poller of a query API says of the API: in the log, and as its last error. */
import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import test from 'node:test';
import { pino } from 'pino';
import {
  createPrometheusSource,
  prometheusSourceConfig,
} from '../../server/ingest/poll/prometheus.ts';
import { recordingPort, until } from '../support/recording-port.ts';

/** A source that asks twenty times a second, and what it logs. */
async function polling(answer: RequestListener) {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await new Promise(done => server.once('listening', done));
  const { port } = server.address() as AddressInfo;
  const lines: { msg: string; warning?: string }[] = [];
  const log = pino({ base: null }, { write: line => void lines.push(JSON.parse(line)) });
  const url = `http://127.0.0.1:${port}`;
  const fields = { id: 'prom', kind: 'prometheus', url, intervalS: 1, metrics: ['up', 'down'] };
  const config = prometheusSourceConfig.parse(fields);
  const clock = { now: () => Date.now(), speed: 20 };
  const source = createPrometheusSource(config, { clock, log, port: recordingPort() }, []);
  source.start();
  const stop = async () => {
    await source.stop();
    server.close();
    server.closeAllConnections();
  };
  return { source, lines, url, stop };
}

test('a warning that stands in each answer is in the log once', async () => {
  let asked = 0;
  const { lines, stop } = await polling((_request, response) => {
    asked++;
    const warnings = ['a store did not answer', ...(asked > 3 ? ['another'] : [])];
    const data = { resultType: 'matrix', result: [] };
    response.end(JSON.stringify({ status: 'success', data, warnings }));
  });
  await until(() => asked > 8, 'eight rounds', 20_000);
  await stop();
  const warnings = lines.map(({ warning }) => warning);
  assert.deepEqual(warnings, ['a store did not answer', 'another']);
});

test('an error names the address, not the query', async () => {
  const { source, url, stop } = await polling((_request, response) => response.destroy());
  await until(() => source.health().lastError !== undefined, 'an error', 20_000);
  const { lastError = '' } = source.health();
  await stop();
  assert.ok(lastError.startsWith(`${url}/api/v1/query: `), lastError);
});
