/** What-if answers in words and marks on the live page. */
import assert from 'node:assert/strict';
import test from 'node:test';
import {
  bindingSentence,
  byRack,
  insteadSentence,
  marksOf,
  verdictOf,
} from '../../dashboards/live/src/whatif/answer.ts';

const PLACE = { kind: 'WhatIf', place: { gpus: 64 } } as const;
const WHERE = [
  { host: 'k1-n1', rack: 'k1', gpuCount: 8 },
  { host: 'k1-n2', rack: 'k1', gpuCount: 4 },
  { host: 'k2-n1', rack: 'k2', gpuCount: 8 },
  { host: 'loose', rack: null, gpuCount: 1 },
];

test('the verdict says yes or no, and of what there is too little', () => {
  assert.equal(
    verdictOf(PLACE, { fits: true, where: [], topologyLevel: 'rack' }),
    '64 GPUs: fits in one rack',
  );
  assert.equal(
    verdictOf(PLACE, { fits: false, where: [], shortOf: 'power' }),
    '64 GPUs: does not fit: too little power',
  );
  const drain = { kind: 'WhatIf', drain: { host: 'n1' } } as const;
  assert.equal(verdictOf(drain, { fits: true, where: [] }), 'n1 can be drained');
  const fail = { kind: 'WhatIf', fail: { entity: 'ups-a1' } } as const;
  assert.equal(verdictOf(fail, { fits: false, where: [] }), 'Losing ups-a1: not everything holds');
});

test('what binds, with the loss that makes it bind', () => {
  const binding = {
    ...{ title: 'Feed power', entity: 'r1-bus-b', kind: 'feed', plane: 'power' as const },
    ...{ load: 40_000, loadAfter: 46_200, value: 44_000, loss: 'r1-bus-a' },
  };
  assert.equal(
    bindingSentence(binding),
    'Feed power at feed r1-bus-b binds: ' +
      '40 kW after loss of r1-bus-a now, 46.2 kW with this, limit 44 kW.',
  );
  const gpus = { ...binding, plane: 'gpus' as const, load: 3, loadAfter: 64, value: 3, loss: null };
  assert.equal(
    bindingSentence({ ...gpus, title: 'Free GPUs', load: 0 }),
    'Free GPUs at feed r1-bus-b: 3 GPUs, 64 asked for.',
  );
});

test('racks are marked with the GPUs that come to them', () => {
  assert.deepEqual(
    [...marksOf(WHERE)],
    [
      ['k1', '+12'],
      ['k2', '+8'],
    ],
  );
  assert.deepEqual(
    byRack(WHERE).map(part => [part.rack, part.gpus]),
    [
      ['k1', 12],
      ['k2', 8],
      ['', 1],
    ],
  );
});

test('what could be done instead', () => {
  assert.equal(insteadSentence({ fits: true, where: [] }), undefined);
  assert.equal(
    insteadSentence({ fits: false, where: [], instead: { gpus: 32, under: 'r2' } }),
    'All of it would fit in r2. 32 GPUs of them could be placed here.',
  );
});
