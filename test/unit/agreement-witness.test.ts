/** What speaks for and against a sensor beside the balances: its like, its class, its past, the air. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Blocks } from '../../twin/agreement/blocks.ts';
import { isColderThanSupply, plausibleRange } from '../../twin/agreement/plausible.ts';
import { stillNats } from '../../twin/agreement/stillness.ts';
import { isOfCooling } from '../../twin/agreement/verdict.ts';
import {
  type Finding,
  planAgreement,
  SIGNALS,
  signalIndex,
  type Topology,
} from '../../twin/index.ts';
import { atOnce } from '../../twin/parts.ts';
import { AGREEMENT } from '../../twin/tables/agreement.ts';
import { agreementTopology, dice, judgeSite, type Lie } from '../support/agreement-site.ts';

const FROM_S = 3600;
const COOLED = {
  crahs: [{ id: 'crah-{n}', count: 2 }],
  cooling: [{ kind: 'rack', to: '*', from: ['crah-1', 'crah-2'] }],
};

const named = (findings: readonly Finding[], { ids }: Topology) =>
  findings
    .map(({ entity, signal, fault, other }) => {
      const where = other ? ` ${ids[other.entity]} ${SIGNALS[other.signal].id}` : '';
      return `${ids[entity]} ${SIGNALS[signal].id} ${fault}${where}`;
    })
    .sort();

test('a BMC whose DCMI reading lies with it is found: two readings of one meter are one witness', () => {
  const lie: Lie = (read, atS) => {
    for (let k = 1; k <= 4; k++) {
      for (let n = 1; n <= 4; n++) {
        const host = `k${k}-n${n}`;
        if (atS >= FROM_S && host === 'k2-n3') {
          read.set(host, 'bmcPowerW', 1.09 * read.get(host, 'bmcPowerW'));
        }
        read.set(host, 'dcmiPowerW', read.get(host, 'bmcPowerW'));
      }
    }
  };
  const { findings, topology } = judgeSite({ seed: 3, hours: 2.5, lie });
  assert.deepEqual(named(findings, topology), ['k2-n3 bmcPowerW scale']);
});

test('cords found at outlets without a known cord are miscabled, each with its part of the load', () => {
  const lie: Lie = read => {
    const cords = ['k2-n1/psu0', 'k2-n3/psu0'];
    let movedW = 0;
    for (const cord of cords) {
      movedW += read.get(cord, 'psuInputPowerW');
      read.set(cord, 'outletPowerW', 0);
    }
    // no PDU and no UPS is measured: the outlets without a cord are the only witness
    for (let k = 1; k <= 4; k++) {
      for (const feed of ['a', 'b']) {
        read.set(`k${k}-${feed}`, 'pduPowerW', Number.NaN);
        const isFeeder = k === 2 && feed === 'b';
        read.set(`k${k}-${feed}`, 'unwiredOutletPowerW', isFeeder ? movedW : 0);
      }
    }
  };
  const { findings, topology } = judgeSite({ seed: 4, hours: 1, lie });
  assert.deepEqual(named(findings, topology), [
    'k2-n1/psu0 outletPowerW miscabled k2-b unwiredOutletPowerW',
    'k2-n3/psu0 outletPowerW miscabled k2-b unwiredOutletPowerW',
  ]);
});

test('an outlet that is dead is not miscabled by a load elsewhere that is another’s', () => {
  const lie: Lie = read => {
    for (let k = 1; k <= 4; k++) {
      for (const feed of ['a', 'b']) {
        read.set(`k${k}-${feed}`, 'pduPowerW', Number.NaN);
        const isFeeder = k === 2 && feed === 'b';
        const movedW = isFeeder ? 0.3 * read.get('k2-n1/psu0', 'psuInputPowerW') : 0;
        read.set(`k${k}-${feed}`, 'unwiredOutletPowerW', movedW);
      }
    }
    read.set('k2-n1/psu0', 'outletPowerW', 0);
  };
  const { findings, topology } = judgeSite({ seed: 4, hours: 1, lie });
  assert.deepEqual(named(findings, topology), ['k2-n1/psu0 outletPowerW dead']);
});

test('a GPU temperature that is right on average and does not follow its like is stuck', () => {
  let kept = Number.NaN;
  const lie: Lie = (read, atS) => {
    const dips = [0, 1, 2, 3].map(gpu => `k3-n2/gpu${gpu}`);
    // one reading in five a checkpoint cools all GPUs of the host by 9 K
    if ((atS / 60) % 5 === 2) {
      for (const gpu of dips) read.set(gpu, 'gpuTempC', read.get(gpu, 'gpuTempC') - 9);
    }
    if (atS < FROM_S) return;
    // the sensor shows what the first one shows on average
    if (Number.isNaN(kept)) kept = read.get('k3-n2/gpu1', 'gpuTempC') - 2;
    if (atS < FROM_S + 2400) read.set('k3-n2/gpu1', 'gpuTempC', kept);
  };
  const steady: Lie = (read, atS) => {
    for (let g = 0; g < 4; g++) {
      read.set(`k3-n2/gpu${g}`, 'gpuPowerW', 380 + (((7 * atS) / 60 + 3 * g) % 5));
      read.set(`k3-n2/gpu${g}`, 'gpuTempC', 22 + 2 + 0.06 * 380 + g);
    }
    read.set('k3-n2', 'inletTempC', 22);
    lie(read, atS);
  };
  const { findings, topology } = judgeSite({ seed: 5, hours: (FROM_S + 2400) / 3600, lie: steady });
  const found = named(findings, topology).filter(each => each.startsWith('k3-n2/gpu'));
  assert.deepEqual(found, ['k3-n2/gpu1 gpuTempC stuck']);
});

test('what a GPU reads too hot is cooling when it goes with the load, and the sensor when it stays', () => {
  const rises = [10, 15, 30, 34, 12, 28, 33, 11];
  const withLoad = rises.map(riseK => ({ riseK, offK: 0.9 * riseK }));
  const constant = rises.map(riseK => ({ riseK, offK: 20 }));
  const atOneLoad = rises.map(() => ({ riseK: 30, offK: 20 }));
  assert.equal(isOfCooling(withLoad), true);
  assert.equal(isOfCooling(constant), false);
  assert.equal(isOfCooling(atOneLoad), true, 'mounts fail more often than sensors');
  assert.equal(isOfCooling([{ riseK: Number.NaN, offK: 20 }]), true);
});

/** Blocks of a column of inlets, of which the first `moving` change with every reading. */
function inlets(moving: number) {
  const plan = planAgreement(agreementTopology());
  const blocks = new Blocks(plan);
  const column = plan.points.columns.find(each => SIGNALS[each.signal].id === 'inletTempC')!;
  const values = new Float64Array(plan.points.count).fill(Number.NaN);
  for (let round = 0; round < 30; round++) {
    for (let i = 0; i < column.count; i++) {
      values[column.firstPoint + i] = 21 + (i < moving ? round % 2 : 0);
    }
    atOnce(blocks.take(values, 1e12 + 60_000 * round, 3));
  }
  atOnce(blocks.close(1, 1800));
  return { blocks, column, last: column.firstPoint + column.count - 1 };
}

test('a sensor that stands still as its like do is not stuck for it, and one that alone does is', () => {
  const habit = { repeat: 0.9, quantum: 1 };
  const quiet = inlets(0);
  assert.ok(stillNats(quiet.blocks, quiet.last, quiet.column, habit) < 0.01);
  const alone = inlets(15);
  const nats = stillNats(alone.blocks, alone.last, alone.column, habit);
  assert.ok(nats > AGREEMENT.stillNats.value, `${nats} nats`);
});

test('a fine sensor that repeats itself at a load it is new to is stuck where its like move', () => {
  const roll = dice(21);
  const stuck = 'k3-n2/gpu1';
  // all GPUs draw the same, and nothing that is expected of this one changes after its load has
  const lie: Lie = (read, atS) => {
    for (let k = 1; k <= 4; k++) {
      for (let n = 1; n <= 4; n++) {
        read.set(`k${k}-n${n}`, 'bmcPowerW', 2000 * (0.99 + 0.02 * roll()));
        read.set(`k${k}-n${n}`, 'inletTempC', 22);
        for (let g = 0; g < 4; g++) {
          const gpu = `k${k}-n${n}/gpu${g}`;
          const powerW = gpu === stuck && atS < FROM_S ? 600 : 300;
          read.set(gpu, 'gpuPowerW', powerW * (0.98 + 0.04 * roll()));
          read.set(gpu, 'gpuTempC', 24 + Math.round(0.06 * powerW));
        }
      }
    }
    if (atS >= FROM_S) read.set(stuck, 'gpuPowerW', 301.5);
  };
  const { findings, topology } = judgeSite({ seed: 6, hours: (FROM_S + 2400) / 3600, lie });
  const found = named(findings, topology).filter(each => each.startsWith('k3-n2/gpu'));
  assert.deepEqual(found, [`${stuck} gpuPowerW stuck`]);
});

test('no power is guessed that a thing of its class cannot draw', () => {
  const plan = planAgreement(agreementTopology());
  const gpu = plan.pointOf(signalIndex('gpuPowerW'), plan.topology.indexOf('k1-n1/gpu0'));
  const [, mostW] = plausibleRange(plan, gpu);
  assert.ok(mostW > 700 && mostW < 1000, `${mostW} W for one of 700 W`);
  const inlet = plan.pointOf(signalIndex('inletTempC'), plan.topology.indexOf('k1-n1'));
  assert.deepEqual(plausibleRange(plan, inlet), SIGNALS[signalIndex('inletTempC')].range);
});

test('an inlet is colder than the supply only beyond the errors of both sensors', () => {
  const plan = planAgreement(agreementTopology(COOLED));
  const values = new Float64Array(plan.points.count).fill(Number.NaN);
  const at = (signal: string, id: string) =>
    plan.pointOf(signalIndex(signal), plan.topology.indexOf(id));
  values[at('supplyTempC', 'crah-1')] = 20.5;
  values[at('supplyTempC', 'crah-2')] = 22;
  const inlet = at('inletTempC', 'k1-n1');
  for (const [shownC, isColder] of [
    [19, true],
    [19.6, false],
    [24, false],
  ] as const) {
    values[inlet] = shownC;
    assert.equal(isColderThanSupply(plan, values, inlet), isColder, `${shownC} C`);
  }
  values[at('supplyTempC', 'crah-1')] = Number.NaN;
  values[inlet] = 10;
  assert.equal(isColderThanSupply(plan, values, inlet), false, 'a supply that nobody measures');
});
