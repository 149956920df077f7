/** What the service tells of itself, as far as it is more than one number read. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Registry } from 'prom-client';
import { registerSelfMetrics } from '../../server/metrics/self.ts';
import type { Service } from '../../server/service.ts';

test('samples that are not delivered are counted by target and reason', async () => {
  const targets = [
    { id: 'vm', droppedSamples: { 'queue full': 3, refused: 1 } },
    { id: 'influx', droppedSamples: {} },
  ];
  const registry = new Registry();
  registerSelfMetrics(registry, { forwarding: { stats: () => targets } } as unknown as Service);
  const name = 'orrery_forward_dropped_samples_total';
  const page = await registry.getSingleMetricAsString(name);
  assert.match(page, new RegExp(`^${name}\\{target="vm",reason="queue full"\\} 3$`, 'm'));
  assert.equal(page.split('\n').filter(line => line.startsWith(name)).length, 2);
});
