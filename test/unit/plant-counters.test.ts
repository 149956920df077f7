/** Counters of the plant's pages: what may fall does so with a boot, the rest never. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { createPlantPages } from '../../scenarios/plant/http.ts';
import { clear, inject, type Simulation } from '../../scenarios/plant/simulation.ts';
import { smallSite } from '../../scenarios/plant/site.ts';
import { listTargets } from '../../scenarios/plant/targets.ts';
import { createPlant, runPlant } from '../support/plant.ts';

/** Typed as counters by dcgm-exporter, rates in truth. */
const NO_COUNTERS = ['DCGM_FI_DEV_NVLINK_BANDWIDTH_TOTAL'];
/** What no boot clears: it is kept in the GPU or in another machine. */
const KEPT = /^(DCGM_FI_DEV_ECC_.*_AGG_|DCGM_FI_DEV_.*REMAPPED_ROWS|ifHC)/;

/** Value of every series of a counter, by its target and labels; allocations apart. */
function countersOf(simulation: Simulation): Map<string, number> {
  const pages = createPlantPages(simulation);
  const found = new Map<string, number>();
  for (const { url, kind } of listTargets(simulation.layout, 'http://plant')) {
    // containers come and go with their jobs
    if (kind === 'kubelet') continue;
    const { pathname, searchParams, search } = new URL(url);
    const text = pages.render(pathname, searchParams) ?? '';
    const counters = new Set(
      [...text.matchAll(/^# TYPE (\S+) counter$/gm)].map(([, name]) => name),
    );
    for (const [, name, labels = '', value] of text.matchAll(/^(\w+)(\{.*\})? (\S+)$/gm)) {
      if (!counters.has(name) || NO_COUNTERS.includes(name)) continue;
      const own = labels.replace(/,(container|namespace|pod|pod_uid)="[^"]*"/g, '');
      found.set(`${name} ${pathname}${search} ${own}`, Number(value));
    }
  }
  return found;
}

function fallen(before: Map<string, number>, after: Map<string, number>): string[] {
  return [...after].flatMap(([key, value]) => (value < (before.get(key) ?? 0) ? [key] : []));
}

test('counters grow, and only a boot of their host sets them back', () => {
  const simulation = createPlant({ site: smallSite({ racksPerRow: 1, hostsPerRack: 2 }) });
  const kinds = ['xid94', 'pcieWidth', 'nicErrors', 'gpuHot'];
  for (const kind of kinds) inject(simulation, { id: kind, kind, entity: 'host-1' });
  simulation.state.host.memErrors.fill(3);
  let before = countersOf(simulation);
  assert.ok(before.size > 300, `${before.size} counters`);
  for (let minute = 0; minute < 20; minute++) {
    runPlant(simulation, 60);
    const after = countersOf(simulation);
    assert.deepEqual(fallen(before, after), []);
    before = after;
  }
  inject(simulation, { id: 'off', kind: 'hostDown', entity: 'host-1' });
  runPlant(simulation, 60);
  clear(simulation, 'off');
  runPlant(simulation, 130);
  const after = countersOf(simulation);
  const set = fallen(before, after);
  assert.ok(set.length > 50, `${set.length} set back`);
  assert.deepEqual(
    set.filter(key => KEPT.test(key) || !key.includes('/host-1/')),
    [],
  );
  // what the kernel counts is set back altogether: a page with half of it is no real one
  const node = [...before].filter(([key, value]) => /^node_.*host-1/.test(key) && value > 2);
  assert.ok(node.length > 20, `${node.length} counters of a kernel`);
  for (const [key] of node) assert.ok(set.includes(key), key);
  for (const [key, value] of after) assert.ok(value >= 0, `${key}: ${value}`);
});
