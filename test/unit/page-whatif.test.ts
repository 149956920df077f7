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
import {
  bandSentences,
  courseColumns,
  eventLines,
  fateSentences,
  timeCell,
  unaffectedSentence,
} from '../../dashboards/live/src/whatif/course-words.ts';
import { assumedText, jobLines } from '../../dashboards/live/src/whatif/job-words.ts';
import type { Course, PlacedJob } from '../../dashboards/live/src/whatif/types.ts';

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

const NOT = { value: null, low: null, high: null };
const COURSE: Course = {
  ...{ horizonS: 900, halls: [], racks: [], affectedRacks: 33, alreadyThrottling: 0 },
  timeToThrottleS: { value: 205, low: 150, high: 280 },
  timeToShutdownS: { value: null, low: 730, high: null },
  ...{ hostCount: 160, gpuCount: 1280, throttledGpus: 809, shutDownGpus: 0, darkGpus: 0 },
  ...{ lostWorkRatio: 0.0661, lostGpuH: 16.579, unaffected: { racks: 7, gpus: 224 } },
  ...{ slowdownTempC: 89, events: [], moreEvents: 0, bands: [] },
};

test('the course says when what throttles, and what goes on', () => {
  assert.deepEqual(fateSentences(COURSE), [
    'The first GPU throttles after 3 min 25 s (2 min 30 s to 4 min 40 s), 809 GPUs in the end.',
    'The first one goes off after 12 min 10 s at worst.',
    'Work lost: 6.6 %, 16.6 GPU h.',
  ]);
  assert.equal(unaffectedSentence(COURSE), '7 racks go on as they are, 224 GPUs.');
  const calm = { ...COURSE, timeToThrottleS: NOT, timeToShutdownS: NOT, lostWorkRatio: 0 };
  assert.deepEqual(fateSentences(calm), ['No GPU throttles within 15 min.']);
  const near = { ...calm, timeToThrottleS: { value: null, low: 160, high: null } };
  assert.deepEqual(fateSentences(near), [
    'No GPU should throttle; the first after 2 min 40 s at worst.',
  ]);
  assert.deepEqual(fateSentences({ ...calm, darkGpus: 640 }), [
    'No GPU throttles within 15 min.',
    '640 GPUs without power.',
  ]);
  const zero = { value: 0, low: 0, high: 0 };
  const end = { atS: 900, powerW: zero, inletTempC: zero, gpuTempC: null };
  const hall = { ...calm, id: 'h1', kind: 'hall' as const };
  const off = { ...end, hostsOff: { value: 12, low: 4, high: 16 } };
  assert.deepEqual(fateSentences({ ...calm, halls: [{ ...hall, points: [off] }] }), [
    'No GPU throttles within 15 min.',
    'In the end 12 (4 to 16) of 160 hosts are off.',
  ]);
  assert.equal(timeCell({ value: 205, low: 150, high: null }), '3:25 (2:30–)');
  assert.equal(timeCell(NOT), '–');
});

test('events of many things at once are one line; a chart has seconds, value and edges', () => {
  const stop = (n: number) => ({ atS: 0, what: 'coolingStops', kind: 'crah', entity: `crah-${n}` });
  const events = [
    { atS: 10, what: 'generatorRuns', kind: 'generator', entity: 'gen-1' },
    ...[1, 2, 3, 4].map(stop),
  ];
  assert.deepEqual(eventLines(events), [
    { atS: 0, text: '4 CRAHs: stand still' },
    { atS: 10, text: 'gen-1: carries load' },
  ]);
  const banded = { value: 2, low: 1, high: 3 };
  const point = { atS: 60, powerW: banded, inletTempC: banded, gpuTempC: null, hostsOff: banded };
  const place = { ...COURSE, id: 'r1', kind: 'rack' as const, points: [point] };
  assert.deepEqual(courseColumns(place, 'powerW'), [[60], [2], [3], [1]]);
  assert.deepEqual(courseColumns(place, 'gpuTempC'), [[60], [null], [null], [null]]);
});

test('bands that stand on the same are told together', () => {
  const band = (signal: string, says: string) => ({ signal, from: 'record' as const, says });
  const bands = [band('powerW', 'a'), band('inletTempC', 'b'), band('gpuTempC', 'a')];
  assert.deepEqual(bandSentences({ ...COURSE, bands }), [
    'Band of power, GPUs: a.',
    'Band of inlets: b.',
  ]);
});

const JOB: PlacedJob = {
  ...{ class: 'training', parameters: 7e10, meetsAt: 'tor', waitsFor: 'compute', memoryRatio: 0.4 },
  ...{ iterationS: 9.134, exposedS: 1.521, slowdown: 1.001, mfuRatio: 0.381, likelyMttfH: 48 },
  ...{ checkpointIntervalS: 7200, ettrRatio: 0.991, assumed: ['class', 'parameters'] },
};

test('a placed job: its step, what its place costs, how long it lasts, what was assumed', () => {
  assert.deepEqual(jobLines(JOB), [
    ['Step', '9.13 s, 1.52 s of it waiting for the network; bound by compute'],
    ['Against full hosts alone', 'as fast; hosts meet at the TOR switch'],
    ['MFU', '38.1 %'],
    ['Failures', 'one in 2 d; a checkpoint every 2 h keeps 99.1 % of the time'],
  ]);
  const worse = { ...JOB, exposedS: 0, slowdown: 1.5, mfuRatio: null, memoryRatio: 2 };
  const lines = new Map(jobLines(worse));
  assert.equal(lines.get('Step'), '9.13 s; bound by compute');
  assert.match(lines.get('Against full hosts alone') ?? '', /^1\.5 times as long/);
  assert.deepEqual([lines.has('MFU'), lines.get('Memory')], [false, 'does not fit: 2 times of it']);
  assert.match(assumedText(JOB), /training of 70 billion parameters: 2 of its figures/);
  assert.equal(assumedText({ ...JOB, assumed: [] }), '');
});
