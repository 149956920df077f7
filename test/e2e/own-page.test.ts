/**
 * The boards on what the service really exports: a small site played by the plant, read by the
 * service, whose own page a real Prometheus scrapes. Queries without an answer are known by name,
 * each with its reason.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test, { after, before } from 'node:test';
import { parse } from 'yaml';
import { buildBoards, buildFiles } from '../../dashboards/grafana/build.ts';
import { DEFAULT_ADDRESSES } from '../../dashboards/grafana/settings.ts';
import { type Demo, startDemo } from '../../server/cli/demo.ts';
import { fastClock } from '../../server/clock.ts';
import { type Serving, serve } from '../../server/serve.ts';
import { labelValues, queriesOf, substitute } from '../support/board-queries.ts';
import { topologyFrom } from '../support/inventories.ts';
import { skipWithout, until } from '../support/outside-process.ts';
import { type PrometheusServer, startPrometheus } from '../support/prometheus-server.ts';
import { configWith } from '../support/small-service.ts';

const skip = skipWithout('prometheus');
/** Minutes of history in seconds. */
const SPEED = 10;

const CHOSEN = {
  ...{ site: 'demo', row: '.*', rack: 'r1-k01', host: 'r1-k01-n1', gpu: '.*' },
  ...{ kind: 'site', entity: 'demo', __rate_interval: '20s', __interval: '1m' },
};

/** Metrics that have no series on this site, and why. */
const ABSENT: readonly (readonly [metric: RegExp, why: string])[] = [
  [/orrery_time_to_limit_seconds/, 'no forecast of a calm site reaches a limit'],
  [/orrery_site_(cooling_\w+|heat_threshold)_watts/, 'the inventory sets no cooling limit there'],
  [/orrery_site_jobs_pending/, 'from Slurm, which is not here'],
  [/orrery_site_scheduling_p99_seconds/, 'from kube-scheduler, which is not here'],
  [/orrery_\w+_nvlink_down/, 'the counter is off by default in dcgm-exporter'],
  [/(DCGM|kueue|ipmi|node)_\w+/, 'raw series of exporters, which this Prometheus does not scrape'],
  [/orrery_sensor_disagreement_confidence_ratio/, 'no sensor is accused so soon'],
  [/ALERTS/, 'the rules fire only when something is wrong'],
];

/** The demo's site with one row of two racks. */
function smallDemo() {
  const document = parse(
    readFileSync(new URL('../../scenarios/demo.yaml', import.meta.url), 'utf8'),
  );
  const [row] = document.site.halls[0].rows;
  row.count = 1;
  row.racks[0].count = 2;
  document.power = document.power.filter(({ to }: { to: string }) => !to.includes('r[34]'));
  return topologyFrom(document);
}

let demo: Demo;
let serving: Serving;
let prometheus: PrometheusServer;

before(async () => {
  if (skip) return;
  const topology = smallDemo();
  const startMs = Date.now();
  const config = configWith({ tickS: 0.5, forecast: { everyS: 60 } });
  demo = await startDemo({ ...{ topology, config, startMs }, speed: SPEED, hasFaults: false });
  const clock = fastClock(startMs, SPEED);
  serving = await serve({
    ...{ topology, config: demo.config, clock, version: '0.0.0-test' },
    // How busy the machine of the test is must not shed its samples.
    lagMs: () => 0,
  });
  const files = buildFiles({ ...DEFAULT_ADDRESSES, orreryUrl: serving.url });
  prometheus = await startPrometheus({
    'prometheus.yml': quick(files.get('prometheus/prometheus.yml') ?? ''),
    'orrery.rules.yml': files.get('prometheus/orrery.rules.yml') ?? '',
  });
  await until('values, forecasts, scores and a rate', 180_000, async () => {
    const forecasts = await prometheus.query('orrery_rack_power_forecast_watts');
    const rate = await prometheus.query('rate(orrery_ingest_samples_total[20s]) > 0');
    const known = await prometheus.query('count(orrery_gpu_info) == 64');
    const work = await prometheus.query('orrery_site_fragmentation_ratio');
    const scored = await prometheus.query('orrery_fidelity_coverage_ratio');
    return [forecasts, rate, known, work, scored].every(found => found.length > 0);
  });
});

after(async () => {
  await prometheus?.stop();
  await serving?.stop();
  demo?.stop();
});

/** Rates soon, and pages that a busy machine still has the time to write: a scrape may last as long. */
const quick = (yaml: string) =>
  yaml
    .replaceAll('_interval: 15s', '_interval: 4s')
    .replaceAll('refresh_interval: 60s', 'refresh_interval: 4s');

const QUERIES = buildBoards()
  .flatMap(queriesOf)
  .filter(query => query.source === 'prometheus');

async function answers(text: string, kind: string): Promise<number> {
  if (kind !== 'variable') return (await prometheus.query(text)).length;
  const { selector, label } = labelValues(text);
  return (await prometheus.labelValues(selector, label)).length;
}

test('every query on what the service exports has an answer, or a known reason', {
  skip,
}, async t => {
  const unexplained: string[] = [];
  const reasons = new Map<string, number>();
  for (const { board, of, kind, text } of QUERIES) {
    const asked = substitute(text, CHOSEN);
    if ((await answers(asked, kind)) > 0) continue;
    const why = ABSENT.find(([metric]) => metric.test(asked))?.[1];
    if (why === undefined) unexplained.push(`${board}: ${of}: ${asked}`);
    else reasons.set(why, (reasons.get(why) ?? 0) + 1);
  }
  for (const [why, count] of reasons) t.diagnostic(`${count} queries without an answer: ${why}`);
  assert.deepEqual(unexplained, []);
});

test('the core of each board is there', { skip }, async () => {
  const core = [
    'orrery_site_power_watts{site="demo"}',
    'orrery_site_power_headroom_n1_watts',
    'orrery_site_pue_ratio',
    'orrery_site_gpus_allocated',
    'orrery_rack_power_load_watts / orrery_rack_power_limit_watts',
    'orrery_rack_inlet_temp_celsius and on (rack) orrery_rack_inlet_temp_threshold_celsius',
    'orrery_host_gpu_temp_celsius',
    'orrery_host_firmware_info{class!=""}',
    'orrery_site_power_forecast_watts{horizon="6h", ml_forecast="yhat_upper"}',
    'sum by (quality) (orrery_signal_quality{kind="host", quality="measured"}) > 0',
    'count(orrery_source_up == 1) > 20',
    'orrery_fidelity_rmse{kind="gpu", signal="powerW", horizon="0s"}',
    'orrery_sensor_balances > 0',
    'orrery_host_info{node!="", bmc!=""}',
  ];
  for (const query of core) assert.notEqual((await prometheus.query(query)).length, 0, query);
});

test('what hangs together adds up on the page', { skip }, async () => {
  const value = async (query: string) => (await prometheus.query(query))[0]?.value ?? Number.NaN;
  const rows = await value('sum(orrery_rack_power_load_watts)');
  const row = await value('sum(orrery_row_power_load_watts)');
  assert.ok(Math.abs(rows - row) < 0.001 * row, `racks ${rows} W, row ${row} W`);
  const gpus = await value('sum(orrery_host_gpu_present)');
  assert.equal(gpus, 64);
  assert.equal(await value('count(orrery_gpu_info)'), 64);
});
