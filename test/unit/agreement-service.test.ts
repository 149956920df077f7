/** The comparison on the live model: readings from the state, findings in the API and in metrics. */
import assert from 'node:assert/strict';
import test from 'node:test';
import pino from 'pino';
import { Registry } from 'prom-client';
import { startAgreement } from '../../server/agreement/agreement.ts';
import { agreementConfig } from '../../server/agreement/config.ts';
import { registerAgreementMetrics } from '../../server/agreement/metrics.ts';
import { cordOutlets } from '../../server/agreement/outlets.ts';
import { agreementRoutes } from '../../server/api/routes/agreement.ts';
import { createLiveTwin, type LiveTwin } from '../../server/live-twin.ts';
import { createLearned } from '../../server/recovery/learned.ts';
import {
  Agreement,
  atOnce,
  encodeAgreement,
  type Finding,
  planAgreement,
  signalIndex,
} from '../../twin/index.ts';
import { agreementTopology, judgeSite, ROUND_S } from '../support/agreement-site.ts';

const BMC = signalIndex('bmcPowerW');

test('a BMC in kilowatts appears in the API and in the metrics', async () => {
  let nowMs = 1e12;
  const live = createLiveTwin(agreementTopology(), { now: () => nowMs, speed: 1 });
  const config = agreementConfig.parse({ everyS: ROUND_S });
  const agreement = startAgreement({ live, config, log: pino({ level: 'silent' }) });
  try {
    const { ids } = live.twin.topology;
    judgeSite({
      ...{ seed: 12, hours: 1 },
      lie: (read, atS) => {
        nowMs = 1e12 + 1000 * atS;
        read.set('k1-n3', 'bmcPowerW', 0.001 * read.get('k1-n3', 'bmcPowerW'));
        const { points } = read.plan;
        read.values.forEach((value, p) => {
          if (Number.isNaN(value)) return;
          const cell = live.twin.state.ensureCell(points.signal[p], points.entity[p]);
          live.write(cell, points.entity[p], value, nowMs);
        });
        live.tick();
        agreement.round();
      },
    });
    const [finding, ...others] = agreement.findings();
    assert.deepEqual(others, []);
    assert.equal(ids[finding.entity], 'k1-n3');
    assert.equal(finding.signal, signalIndex('bmcPowerW'));
    const registry = new Registry();
    registerAgreementMetrics(registry, agreement);
    const page = await registry.metrics();
    assert.match(page, /^orrery_sensor_disagreements\{fault="unit"\} 1$/m);
    assert.match(page, /^orrery_sensor_disagreements\{fault="stuck"\} 0$/m);
    const [route] = agreementRoutes;
    const query = { limit: 10, minConfidence: 0.9, signal: 'bmcPowerW' };
    const answer = route.handle({ query } as never, { trust: { agreement } } as never);
    const { items } = route.answer.parse(JSON.parse(JSON.stringify(answer))) as {
      items: { id: string; fault: string; unit: string }[];
    };
    assert.deepEqual(
      items.map(({ id, fault, unit }) => [id, fault, unit]),
      [['k1-n3/bmcPowerW', 'unit', 'kilo']],
    );
  } finally {
    agreement.stop();
  }
});

interface Round {
  readonly atS: number;
  readonly rows: readonly (readonly [signal: number, entity: number, value: number])[];
}

/** Readings of a site with a BMC that is 8 % high. */
function readings(): Round[] {
  const rounds: Round[] = [];
  judgeSite({
    ...{ seed: 13, hours: 2 },
    lie: (read, atS) => {
      if (atS >= 2400) read.set('k2-n3', 'bmcPowerW', 1.08 * read.get('k2-n3', 'bmcPowerW'));
      const { signal, entity } = read.plan.points;
      const rows = [...read.values].map((value, p) => [signal[p], entity[p], value] as const);
      rounds.push({ atS, rows: rows.filter(([, , value]) => !Number.isNaN(value)) });
    },
  });
  return rounds;
}

/** `atS` is told after each round. */
async function runService(
  live: LiveTwin,
  clock: { nowMs: number },
  round: (atS: number) => void | Promise<void>,
) {
  for (const { atS, rows } of readings()) {
    clock.nowMs = 1e12 + 1000 * atS;
    for (const [signal, entity, value] of rows) {
      live.write(live.twin.state.ensureCell(signal, entity), entity, value, clock.nowMs);
    }
    live.tick();
    await round(atS);
  }
}

/** @param restarts seconds at which the comparison is stopped, and begun with what was kept */
async function findingsWith(restarts: readonly number[], bend = (bytes: Uint8Array) => bytes) {
  const clock = { nowMs: 1e12 };
  const live = createLiveTwin(agreementTopology(), { now: () => clock.nowMs, speed: 1 });
  const config = agreementConfig.parse({ everyS: ROUND_S });
  const log = pino({ level: 'silent' });
  let learned = createLearned([], log);
  let agreement = startAgreement({ live, config, log, learned });
  await runService(live, clock, async atS => {
    agreement.round();
    if (!restarts.includes(atS)) return;
    agreement.stop();
    const encoded = await learned.encoded();
    const parts = encoded.map(({ name, bytes }) => ({ name, bytes: bend(bytes) }));
    learned = createLearned(parts, log);
    agreement = startAgreement({ live, config, log, learned });
  });
  agreement.stop();
  return agreement;
}

test('after a restart the service finds what it would have found without one', async () => {
  const findings = (await findingsWith([])).findings();
  assert.equal(findings.length, 1);
  assert.ok(findings[0].sinceMs > 1e12 + 1000 * 1800, 'dated by a past that was kept');
  assert.deepEqual((await findingsWith([1800, 3780, 5400])).findings(), findings);
});

test('stored learning that cannot be used is counted by its reason, and the comparison starts anew', async () => {
  const bent = await findingsWith([3600], bytes => {
    const other = bytes.slice();
    other[other.length >> 1] ^= 1;
    return other;
  });
  assert.equal(bent.droppedLessons('damaged'), 1);
  const older = await findingsWith([3600], bytes => {
    const other = bytes.slice();
    other[4] = 99;
    return other;
  });
  assert.equal(older.droppedLessons('version'), 1);
  const registry = new Registry();
  registerAgreementMetrics(registry, older);
  const page = await registry.metrics();
  assert.match(page, /^orrery_sensor_agreement_dropped_states_total\{reason="version"\} 1$/m);
  assert.match(page, /^orrery_sensor_agreement_dropped_states_total\{reason="plan"\} 0$/m);
});

test('learning of another plan waits for its plan, and is dropped when the first block is over', async () => {
  const clock = { nowMs: 1e12 };
  const live = createLiveTwin(agreementTopology(), { now: () => clock.nowMs, speed: 1 });
  const config = agreementConfig.parse({ everyS: ROUND_S });
  const log = pino({ level: 'silent' });
  const other = new Agreement(
    planAgreement(agreementTopology(), signal => signal !== BMC),
    {
      roundS: ROUND_S,
    },
  );
  const parts = [{ name: 'agreement', bytes: atOnce(encodeAgreement(other, 1e12)) }];
  const learned = createLearned(parts, log);
  const agreement = startAgreement({ live, config, log, learned });
  const stored = parts[0].bytes.slice();
  assert.deepEqual((await learned.encoded())[0].bytes, stored, 'kept before the first round');
  const dropped: number[] = [];
  await runService(live, clock, async atS => {
    if (atS > 600) return;
    agreement.round();
    dropped.push(agreement.droppedLessons('plan'));
    const [{ bytes }] = await learned.encoded();
    const isKept = bytes.length === stored.length && bytes.every((byte, i) => byte === stored[i]);
    assert.equal(isKept, dropped.at(-1) === 0, `in a snapshot at ${atS} s`);
  });
  agreement.stop();
  assert.deepEqual(dropped, [0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1]);
});

test('a miscabled cord is told with the outlet of the inventory and the one that carries its load', () => {
  const site = agreementTopology();
  const at = (id: string) => site.indexOf(id);
  const aliases = [
    { entity: at('k2-n1/psu0'), type: 'address' as const, value: '10.0.0.1' },
    { entity: at('k2-n1/psu0'), type: 'pduOutlet' as const, value: 'k2-a/1' },
  ];
  const topology = { ...site, aliases };
  const live = createLiveTwin(topology, { now: () => 1e12, speed: 1 });
  const { state } = live.twin;
  const cords = ['k2-n1/psu0', 'k2-n3/psu0'];
  const findings = cords.map((id, i) => {
    const load = state.ensureCell(signalIndex('psuInputPowerW'), at(id));
    live.write(load, at(id), 400 + 100 * i, 1e12);
    const other = { entity: at('k2-b'), signal: signalIndex('unwiredOutletPowerW') };
    return { entity: at(id), signal: signalIndex('outletPowerW'), fault: 'miscabled', other };
  }) as unknown as Finding[];
  const series = (outlet: string) =>
    `rPDU2OutletMeteredStatusPower{instance="k2-b",rPDU2OutletMeteredStatusIndex="${outlet}",` +
    `rPDU2OutletMeteredStatusName="Outlet \\"${outlet}\\""}`;
  const unwired = [
    { pdu: 'k1-b', series: series('9'), powerW: 450 },
    { pdu: 'k2-b', series: series('11'), powerW: 398 },
    { pdu: 'k2-b', series: series('12'), powerW: 497 },
  ];
  const outlets = cordOutlets(findings, { topology, state }, unwired);
  assert.deepEqual(
    findings.map(finding => outlets.get(finding)),
    [{ documentedOutlet: 'k2-a/1', loadedOutlet: 'k2-b/11' }, { loadedOutlet: 'k2-b/12' }],
  );
  const alone = cordOutlets(findings, { topology, state }, []);
  assert.equal(alone.get(findings[0])?.loadedOutlet, undefined);
});
