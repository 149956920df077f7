/** The comparison on the live model: readings from the state, findings in the API and in metrics. */
import assert from 'node:assert/strict';
import test from 'node:test';
import pino from 'pino';
import { Registry } from 'prom-client';
import { startAgreement } from '../../server/agreement/agreement.ts';
import { agreementConfig } from '../../server/agreement/config.ts';
import { registerAgreementMetrics } from '../../server/agreement/metrics.ts';
import { agreementRoutes } from '../../server/api/routes/agreement.ts';
import { createLiveTwin } from '../../server/live-twin.ts';
import { signalIndex } from '../../twin/index.ts';
import { agreementTopology, judgeSite, ROUND_S } from '../support/agreement-site.ts';

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
    const [route] = agreementRoutes(() => agreement);
    const query = { limit: 10, minConfidence: 0.9, signal: 'bmcPowerW' };
    const answer = route.handle({ query } as never, {} as never);
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
