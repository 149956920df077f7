/** The writer's queue against a server that fails in ways a healthy InfluxDB does not. */
import assert from 'node:assert/strict';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import test from 'node:test';
import pino from 'pino';
import { type ForecastSeries, influxForecasts } from '../../server/forward/influx-forecast.ts';

const log = pino({ level: 'silent' });

const series = (entity: string, points = 10): ForecastSeries => ({
  ...{ entity, kind: 'rack', signal: 'powerW', model: 'mean', fromMs: 0, stepMs: 60_000 },
  ...{ yhat: new Float64Array(points), lower: new Float64Array(points) },
  upper: new Float64Array(points),
});

type Answer = (response: ServerResponse, body: string) => void;

/** A server that says yes to queries and what it is told to writes. */
async function withServer(answer: Answer, body: (url: string) => Promise<void>): Promise<void> {
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8');
    request.on('data', part => {
      text += part;
    });
    request.on('end', () => {
      if (request.url!.startsWith('/write')) answer(response, text);
      else response.end('{"results":[{"statement_id":0}]}');
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  try {
    await body(`http://user:secret@127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const say = (response: ServerResponse, status: number) => {
  response.statusCode = status;
  response.end(status < 300 ? undefined : '{"error":"no"}');
};

test('the queue is bounded: the oldest forecasts go and are counted', async () => {
  let body = '';
  let status = 503;
  const answer: Answer = (response, text) => {
    body = text;
    say(response, status);
  };
  await withServer(answer, async url => {
    const forecasts = influxForecasts({ url, log, queuedPointsMax: 30, retryMs: [1e6, 1e6] });
    for (let i = 0; i < 10; i++) forecasts.write(series(`rack-${i}`));
    assert.equal(await forecasts.flush(), false);
    for (let i = 10; i < 12; i++) forecasts.write(series(`rack-${i}`));
    const { queuedPoints, dropped, state } = forecasts.health();
    assert.equal(queuedPoints, 30);
    assert.deepEqual(dropped, { 'queue full': 90 });
    assert.equal(state, 'down');
    status = 204;
    assert.equal(await forecasts.flush(), true);
    assert.match(body, /rack-9.*rack-10.*rack-11/s);
    assert.doesNotMatch(body, /rack-8/);
    assert.equal(forecasts.health().writtenPoints, 30);
    await forecasts.stop();
  });
});

test('one refused forecast is dropped alone', async () => {
  const bodies: string[] = [];
  const answer: Answer = (response, text) => {
    if (text.includes('rack-2')) return say(response, 400);
    bodies.push(text);
    say(response, 204);
  };
  await withServer(answer, async url => {
    const forecasts = influxForecasts({ url, log });
    for (let i = 0; i < 5; i++) forecasts.write(series(`rack-${i}`));
    assert.equal(await forecasts.flush(), true);
    const { dropped, writtenPoints, retries } = forecasts.health();
    assert.deepEqual(dropped, { refused: 10 });
    assert.equal(writtenPoints, 40);
    assert.equal(retries, 0);
    for (const i of [0, 1, 3, 4]) assert.ok(bodies.some(text => text.includes(`rack-${i}`)));
    await forecasts.stop();
  });
});

test('a wrong password is waited out, not taken for a bad forecast', async () => {
  await withServer(
    response => say(response, 401),
    async url => {
      const forecasts = influxForecasts({ url, log, retryMs: [1e6, 1e6] });
      forecasts.write(series('rack-1'));
      assert.equal(await forecasts.flush(), false);
      const health = forecasts.health();
      assert.equal(health.queuedPoints, 10);
      assert.match(health.lastError!, /401/);
      assert.doesNotMatch(JSON.stringify(health), /secret/);
      await forecasts.stop();
      assert.deepEqual(forecasts.health().dropped, { stopped: 10 });
      assert.equal(forecasts.health().queuedPoints, 0);
    },
  );
});

test('a hanging server, or one that dies in its answer, costs one timeout', {
  timeout: 10_000,
}, async () => {
  const hang: Answer = () => {};
  const die: Answer = response => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('{');
    setTimeout(() => response.destroy(), 10);
  };
  for (const answer of [hang, die]) {
    await withServer(answer, async url => {
      const forecasts = influxForecasts({ url, log, timeoutMs: 200, retryMs: [1e6, 1e6] });
      forecasts.write(series('rack-1'));
      const before = performance.now();
      assert.equal(await forecasts.flush(), false);
      assert.ok(performance.now() - before < 5000);
      assert.equal(forecasts.health().queuedPoints, 10);
      await forecasts.stop();
    });
  }
});

test('after stop nothing is taken, and that is counted', async () => {
  await withServer(
    response => say(response, 204),
    async url => {
      const forecasts = influxForecasts({ url, log });
      forecasts.write(series('rack-1'));
      await forecasts.stop();
      assert.equal(forecasts.health().writtenPoints, 10);
      forecasts.write(series('rack-2'));
      assert.deepEqual(forecasts.health().dropped, { stopped: 10 });
    },
  );
});

test('a malformed address is refused at once', () => {
  assert.throws(() => influxForecasts({ url: 'nowhere', log }), TypeError);
});
