/** What prediction has learned outlives the process, and a change of the inventory. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { pino } from 'pino';
import { createLiveTwin } from '../../server/live-twin.ts';
import { startPrediction } from '../../server/prediction/prediction.ts';
import { createLearned } from '../../server/recovery/learned.ts';
import {
  atOnce,
  Board,
  encodePrediction,
  KIND_INDEX,
  Pending,
  Predictor,
  restorePrediction,
  signalIndex,
  type Topology,
} from '../../twin/index.ts';
import { seededRandom } from '../../twin/physics/random.ts';
import { START_MS, smallTopology } from '../support/small-service.ts';

const GPU_POWER = signalIndex('gpuPowerW');
const GPU_TEMP = signalIndex('gpuTempC');
const PDU_POWER = signalIndex('pduPowerW');
const INLET = signalIndex('inletTempC');

/** Hours of readings in which one job follows another. */
function taught(topology: Topology, hours: number): Predictor {
  const predictor = new Predictor(topology);
  const random = seededRandom(11);
  const all = (kind: 'gpu' | 'host' | 'pdu') => {
    const [first, end] = [KIND_INDEX[kind], KIND_INDEX[kind] + 1].map(k => topology.kindStart[k]);
    return Array.from({ length: end - first }, (_, i) => first + i);
  };
  const [gpus, hosts, pdus] = [all('gpu'), all('host'), all('pdu')];
  for (let tick = 0; tick < hours * 120; tick++) {
    const atMs = START_MS + 30_000 * tick;
    const isBusy = tick % 60 >= 20;
    if (tick % 60 === 20) {
      const [startMs, endMs] = [atMs, atMs + 40 * 30_000];
      const job = { id: `j${tick}`, shape: 'train', kind: 'training', gpus: Int32Array.from(gpus) };
      predictor.book([{ ...job, startMs, endMs }]);
    }
    const watts = isBusy ? 600 : 90;
    const rows: [number, number, number][] = [
      ...gpus.flatMap((gpu, n): [number, number, number][] => [
        [gpu, GPU_POWER, watts + n + random()],
        [gpu, GPU_TEMP, 24 + 0.06 * watts + random()],
      ]),
      ...hosts.map((host): [number, number, number] => [host, INLET, 22 + random()]),
      ...pdus.map((pdu): [number, number, number] => [pdu, PDU_POWER, 1000 + 9 * watts]),
    ];
    const column = (k: number) => rows.map(row => row[k]);
    const [entity, signal] = [0, 1].map(k => Int32Array.from(column(k)));
    predictor.take({ atMs, entity, signal, value: Float64Array.from(column(2)) });
    if (tick % 2 === 0) predictor.predict(900_000);
  }
  return predictor;
}

const TIMES = { atMs: START_MS, sinceMs: START_MS - 1000 };

test('what is stored comes back as it was', () => {
  const topology = smallTopology();
  const before = taught(topology, 6);
  const after = new Predictor(topology);
  assert.notDeepEqual(after.learned.columns(), before.learned.columns());
  const told = restorePrediction(after, atOnce(encodePrediction(before, TIMES)));
  assert.deepEqual(told, { ...TIMES, restored: told.restored, left: 0 });
  assert.deepEqual(after.learned.columns(), before.learned.columns());
  assert.deepEqual(after.learned.notes(), before.learned.notes());
  const names = Object.keys(after.learned.notes());
  for (const part of [
    'shape train',
    'kind training',
    'rack power noise',
    'ahead 900000 gpuTempC',
  ]) {
    assert.ok(
      names.some(name => name.startsWith(part)),
      part,
    );
  }
});

test('under another inventory it goes with the ids that are still there', () => {
  const [two, three] = [2, 3].map(racks => smallTopology(racks));
  const before = taught(two, 3);
  const after = new Predictor(three);
  const { restored, left } = restorePrediction(after, atOnce(encodePrediction(before, TIMES)));
  assert.deepEqual([restored, left], [2 + 4 + 32, 0]);
  const idle = (predictor: Predictor, topology: Topology, id: string) => {
    const column = predictor.learned.columns().find(({ name }) => name === 'gpu idle');
    return column?.values[predictor.site.placeOf[topology.indexOf(id)]];
  };
  assert.equal(idle(after, three, 'r1-k2-n1/gpu3'), idle(before, two, 'r1-k2-n1/gpu3'));
  assert.notEqual(idle(after, three, 'r1-k2-n1/gpu3'), idle(after, three, 'r1-k3-n1/gpu3'));
  const fewer = restorePrediction(new Predictor(two), atOnce(encodePrediction(after, TIMES)));
  assert.equal(fewer.left, 1 + 2 + 16);
});

test('the service goes on from the last snapshot, and damage costs only what was learned', async () => {
  const topology = smallTopology();
  const silent = pino({ level: 'silent' });
  const start = (bytes: Uint8Array | undefined) => {
    const clock = { now: () => START_MS + 5000, speed: 1 };
    const live = createLiveTwin(topology, clock);
    const stored = bytes ? [{ name: 'prediction', bytes }] : [];
    const learned = createLearned(stored, silent);
    const pending = new Pending(new Board({ halfLifeS: 86_400, blockS: 600 }));
    const dataDir = '/nowhere';
    const service = startPrediction({ live, pending, log: silent, learned, dataDir });
    service.stop();
    return { service, learned };
  };
  const first = start(atOnce(encodePrediction(taught(topology, 1), TIMES)));
  assert.equal(first.service.learningSinceMs, TIMES.sinceMs);
  const [part] = await first.learned.encoded();
  assert.equal(part.name, 'prediction');
  assert.equal(start(part.bytes).service.learningSinceMs, TIMES.sinceMs);
  part.bytes[part.bytes.length - 9] ^= 0xff;
  assert.equal(start(part.bytes).service.learningSinceMs, START_MS + 5000);
});
