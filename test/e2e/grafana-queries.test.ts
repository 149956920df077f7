/**
 * Every query of every panel, variable and annotation against a real Prometheus that runs with the
 * generated configuration and rules, and scrapes a small site whose values are known.
 */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import test, { after, before } from 'node:test';
import { buildBoards, buildFiles } from '../../dashboards/grafana/build.ts';
import { DEFAULT_ADDRESSES } from '../../dashboards/grafana/settings.ts';
import { type BoardQuery, labelValues, queriesOf, substitute } from '../support/board-queries.ts';
import { fixturePage, fixtureValue, HOSTS, targetGroups } from '../support/orrery-page.ts';
import { skipWithout, until } from '../support/outside-process.ts';
import {
  type PrometheusServer,
  type Sample,
  startPrometheus,
} from '../support/prometheus-server.ts';

const skip = skipWithout('prometheus');

/** What the reader of the boards chose; a rate needs two scrapes of 1 s. */
const CHOSEN = {
  ...{ site: 's1', row: '.*', rack: 'r1', host: 'r1h1', gpu: '.*', kind: 'site', entity: 's1' },
  ...{ __rate_interval: '10s', __interval: '1m' },
};

const QUERIES = buildBoards()
  .flatMap(queriesOf)
  .filter(query => query.source === 'prometheus');

const received: Buffer[] = [];

/** Stands for Orrery and the exporters: pages, `/sd`, and the receiver of remote-write. */
const site = createServer((request, response) => {
  const path = request.url ?? '';
  if (path === '/sd') {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(targetGroups(`127.0.0.1:${sitePort()}`)));
  } else if (path === '/api/v1/write') {
    request.on('data', (chunk: Buffer) => received.push(chunk));
    request.on('end', () => response.writeHead(204).end());
  } else {
    const page = fixturePage(path);
    response.writeHead(page === undefined ? 404 : 200, { 'content-type': 'text/plain' });
    response.end(page);
  }
});
const sitePort = () => (site.address() as AddressInfo).port;

let prometheus: PrometheusServer;

before(async () => {
  if (skip) return;
  await new Promise<void>(done => site.listen(0, '127.0.0.1', done));
  const files = buildFiles({ ...DEFAULT_ADDRESSES, orreryUrl: `http://127.0.0.1:${sitePort()}` });
  prometheus = await startPrometheus({
    'prometheus.yml': quick(files.get('prometheus/prometheus.yml') ?? ''),
    'orrery.rules.yml': quick(files.get('prometheus/orrery.rules.yml') ?? ''),
  });
  await until('targets and two scrapes', 30_000, settled);
});

after(async () => {
  await prometheus?.stop();
  site.closeAllConnections();
  site.close();
});

/** The same files with seconds for minutes, and rules that do not wait. */
const quick = (yaml: string) =>
  yaml
    .replaceAll('_interval: 15s', '_interval: 1s')
    .replaceAll('refresh_interval: 60s', 'refresh_interval: 1s')
    .replaceAll(/ {8}for: \S+/g, '        for: 0s');

async function settled(): Promise<boolean> {
  const value = async (expr: string) => (await prometheus.query(expr))[0]?.value ?? 0;
  const targets = 1 + targetGroups('').length;
  const up = await value('sum(up)');
  const twice = await value('min(count_over_time(up[30s]))');
  const alerts = await value('count(ALERTS{alertstate="firing"})');
  return up === targets && twice >= 3 && alerts > 0;
}

const first = async (expr: string) => (await prometheus.query(expr))[0]?.value;

test('every query of every board has an answer', { skip }, async () => {
  const empty: string[] = [];
  for (const query of QUERIES) {
    if ((await answers(query)) === 0) empty.push(`${query.board}: ${query.of}: ${query.text}`);
  }
  assert.deepEqual(empty, []);
});

async function answers(query: BoardQuery): Promise<number> {
  const text = substitute(query.text, CHOSEN);
  if (query.kind !== 'variable') return (await prometheus.query(text)).length;
  const { selector, label } = labelValues(text);
  return (await prometheus.labelValues(selector, label)).length;
}

test('the check can fail: the same queries find nothing on a site that is not there', {
  skip,
}, async () => {
  const elsewhere = { ...CHOSEN, site: 'atlantis', rack: 'none', host: 'none', entity: 'none' };
  const scoped = QUERIES.filter(query => query.kind === 'panel' && /\$site/.test(query.text));
  assert.ok(scoped.length > 150);
  for (const { of, text } of scoped) {
    assert.deepEqual(await prometheus.query(substitute(text, elsewhere)), [], of);
  }
});

/** Answer of the query of a panel whose legend or position is given by `index`. */
async function panel(board: string, title: string, index = 0): Promise<readonly Sample[]> {
  const queries = QUERIES.filter(query => query.board === board && query.of === title);
  assert.ok(queries[index], `${board} has no '${title}'`);
  return prometheus.query(substitute(queries[index].text, CHOSEN));
}

const values = (samples: readonly Sample[], label: string) =>
  Object.fromEntries(samples.map(({ metric, value }) => [metric[label], value]));

test('GPUs are healthy, degraded, drained or lost, and each only once', { skip }, async () => {
  const states = await Promise.all(
    [0, 1, 2, 3].map(index => panel('orrery-site', 'GPUs healthy, degraded, drained, lost', index)),
  );
  // 8 in the inventory: r2h2 lost one, r2h1 is drained (2), r1h2 has an NVLink down (2)
  assert.deepEqual(
    states.map(([sample]) => sample?.value),
    [3, 2, 2, 1],
  );
});

test('the power panel shows load, GPUs, what all layers leave, and the limit row', {
  skip,
}, async () => {
  const shown = [0, 1, 2].map(async index => {
    const [sample] = await panel('orrery-site', 'Site power and its limits', index);
    return sample?.value;
  });
  assert.deepEqual(await Promise.all(shown), [8640, 3800, 10_000]);
  const limits = values(await panel('orrery-site', 'Site power and its limits', 3), 'limit');
  assert.deepEqual(limits, { sitePower: 10_000_000 });
  assert.equal(fixtureValue('site', 'powerLoadW'), 8640);
});

test('racks are ranked by the share of what all layers allow', { skip }, async () => {
  const racks = values(await panel('orrery-site', 'Racks nearest to their power limit'), 'rack');
  assert.deepEqual(racks, { r1: 4120 / 6060, r2: 4520 / 6260 });
});

test('columns of the rack table keep the same labels, so that they merge', { skip }, async () => {
  const keys = new Set<string>();
  for (const index of [0, 1, 2, 3, 4, 5]) {
    for (const { metric } of await panel('orrery-site', 'Racks', index)) {
      keys.add(JSON.stringify(Object.entries(metric).toSorted()));
    }
  }
  assert.equal(keys.size, 2, [...keys].join(' '));
});

test('fidelity: lines worse than the last value, and the sensors that lie', { skip }, async () => {
  const value = async (title: string) => (await panel('orrery-fidelity', title))[0]?.value;
  assert.equal(await value('Worse than the last value'), 1);
  assert.equal(await value('Models that drift'), 1);
  assert.equal(await value('Sensors that disagree'), 1);
  const errors = values(await panel('orrery-fidelity', 'Error of the twin'), 'signal');
  assert.deepEqual(errors, { powerW: 0.02 });
  const kelvins = values(await panel('orrery-fidelity', 'Error of temperatures'), 'signal');
  assert.deepEqual(kelvins, { gpuTempC: 1.1 });
  const accused = values(await panel('orrery-fidelity', 'Sensors most certain to lie'), 'entity');
  assert.deepEqual(accused, { r1h2: 0.97 });
});

test('idle GPUs are those allocated and not busy', { skip }, async () => {
  const idle = values(await panel('orrery-site', 'Allocated but idle GPUs, worst hosts'), 'host');
  assert.deepEqual(idle, { r1h1: 1, r1h2: 1.5, r2h1: 0, r2h2: 0 });
});

test('raw series of all exporters carry the names of the twin', { skip }, async () => {
  const power = values(await panel('orrery-gpu', 'Power by GPU'), 'gpu');
  assert.deepEqual(power, { 'r1h1-gpu0': 400, 'r1h1-gpu1': 401 });
  const bmc = values(await panel('orrery-host', 'Temperatures by the BMC'), 'name');
  assert.deepEqual(bmc, { 'Inlet Temp': 24, 'Exhaust Temp': 40 });
  const [traffic] = await panel('orrery-host', 'Network traffic by interface');
  assert.equal(traffic.metric.host, 'r1h1');
  assert.notEqual(traffic.metric.device, 'lo');
});

test('namespaces are told apart from GPUs without a job', { skip }, async () => {
  const gpus = values(await panel('orrery-site', 'Efficiency by namespace'), 'job_namespace');
  assert.deepEqual(gpus, { training: 4, undefined: 4 });
});

test('variables chain: only the hosts of the chosen rack', { skip }, async () => {
  const query = QUERIES.find(
    one => one.board === 'orrery-host' && one.kind === 'variable' && one.of === 'host',
  );
  assert.ok(query);
  const { selector, label } = labelValues(substitute(query.text, CHOSEN));
  assert.deepEqual(await prometheus.labelValues(selector, label), ['r1h1', 'r1h2']);
});

test('the rules fire for what is injected, and for nothing else', { skip }, async () => {
  const firing = await prometheus.query('ALERTS{alertstate="firing"}');
  const names = firing.map(({ metric }) =>
    [metric.alertname, metric.host ?? metric.rack ?? metric.source ?? metric.entity].join(' '),
  );
  assert.deepEqual(names.toSorted(), [
    'OrreryInletAllowable r1',
    'OrreryInletAllowable r1h2',
    'OrreryInletRecommended r1',
    'OrreryLimitSoon r2',
    'OrrerySourceDown bmc-r2h2',
  ]);
});

test('remote-write carries the exporters and not what Orrery itself exports', {
  skip,
}, async () => {
  await until('a remote-write request', 20_000, async () => received.length > 0);
  // in a snappy block the first occurrence of every string is literal text
  const body = Buffer.concat(received).toString('latin1');
  assert.match(body, /DCGM_FI_DEV/);
  assert.doesNotMatch(body, /orrery_(site|rack|host)_/);
});

test('the fixture has every host scraped', { skip }, async () => {
  assert.equal(await first('count(node_uname_info)'), HOSTS.length);
});
