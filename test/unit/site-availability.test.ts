/** Availability of a live site: loads, what is out and the seed decide; the question holds nothing up. */
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { type SmallService, startSmallService } from '../support/small-service.ts';

let site: SmallService;

before(async () => {
  site = await startSmallService();
});
after(() => site.stop());

interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}
interface Answer {
  readonly planes: string[];
  readonly availabilityRatio: Interval;
  readonly downHPerYear: Interval;
  readonly singlePoints: { id: string; kind: string }[];
  readonly reportedDown: string[];
  readonly without: string[];
  readonly notInSupply: { id: string; like: string[] }[];
  readonly own: { availabilityRatio: number; withSupplyRatio: number } | null;
  readonly neverFails: string[];
  readonly paths: number;
}

async function ask(query: string, status = 200): Promise<Answer> {
  const response = await site.get(`/api/v1/availability?${query}`);
  assert.equal(response.status, status, await response.clone().text());
  return (await response.json()) as Answer;
}

/** Hours a year that things of the site's path are down: rate times repair. */
const GRID_H = 2 * 2;
const PDU_H = 0.01 * 4;

test('both UPSs hang on one grid, which decides; the interval holds what it does by itself', async () => {
  const answer = await ask('entity=r1-k1&planes=power');
  assert.deepEqual(answer.planes, ['power']);
  const { low, value, high } = answer.downHPerYear;
  assert.ok(low <= GRID_H && GRID_H <= high, `${low} ${value} ${high}`);
  assert.ok(high - low < 0.2 * value);
  assert.ok(Math.abs(answer.availabilityRatio.value + value / 8760 - 1) < 1e-12);
  assert.deepEqual(answer.singlePoints, [{ id: 'grid-a', kind: 'utilityFeed' }]);
  assert.equal(answer.own, null);
});

test('same seed, same answer; another seed, another', async () => {
  const [one, same, other] = await Promise.all(
    [7, 7, 8].map(seed => ask(`entity=r1-k1-n1&planes=power&paths=500&seed=${seed}`)),
  );
  assert.equal(one.paths, 500);
  assert.deepEqual(one, same);
  assert.notEqual(one.downHPerYear.value, other.downHPerYear.value);
});

test('what is out for a service makes its twin a single point', async () => {
  const whole = await ask('entity=r1-k1&planes=power');
  const without = await ask('entity=r1-k1&planes=power&without=r1-k1-pdu-a');
  assert.deepEqual(without.singlePoints.map(({ id }) => id).sort(), [
    'grid-a',
    'r1-k1-pdu-b',
    'ups-b',
  ]);
  const more = without.downHPerYear.value - whole.downHPerYear.value;
  assert.ok(more > 0.5 * PDU_H, `${more} h`);
  const gone = await ask('entity=r1-k1&planes=power&without=grid-a');
  assert.equal(gone.availabilityRatio.value, 0);
});

test('what is not in the supply is not said to be out, but what is like it there', async () => {
  const whole = await ask('entity=r1-k1&planes=power');
  const other = await ask('entity=r1-k1&planes=power&without=ups-a,r1-k2-pdu-a,r1-k2-tor');
  assert.deepEqual(other.without, ['ups-a']);
  assert.deepEqual(other.notInSupply, [
    { id: 'r1-k2-pdu-a', like: ['r1-k1-pdu-a', 'r1-k1-pdu-b'] },
    { id: 'r1-k2-tor', like: [] },
  ]);
  assert.deepEqual([whole.without, whole.notInSupply], [[], []]);
});

test('power supplies that report themselves broken are out: none of the others may be lost', async () => {
  const psus = async () => {
    const { singlePoints, reportedDown } = await ask('entity=r1-k1-n2&planes=power');
    return [reportedDown.length, singlePoints.filter(({ kind }) => kind === 'psu').length];
  };
  assert.deepEqual(await psus(), [0, 0]);
  const broken = [0, 1].map(
    slot => ({ kind: 'psu', slot, signal: 'psuOkFlag', value: 0 }) as const,
  );
  site.read('r1-k1-n2', broken);
  site.service.live.tick();
  assert.deepEqual(await psus(), [2, 4]);
});

test('a PDU that cannot carry both loads is no reserve for the other', async () => {
  // Two DGX H100 of 10.2 kW fit each PDU; loads far beyond it need both.
  const ids = async () => (await ask('entity=r1-k2&planes=power')).singlePoints.map(({ id }) => id);
  assert.deepEqual(await ids(), ['grid-a']);
  const { state } = site.service.live.twin;
  const { load, shape } = state.planes.power;
  for (const side of ['a', 'b']) {
    const pdu = state.topology.indexOf(`r1-k2-pdu-${side}`);
    load[shape.plane.positionOf[pdu]] = 0.6 * shape.limit[shape.plane.positionOf[pdu]];
  }
  assert.deepEqual((await ids()).sort(), [
    'grid-a',
    'r1-k2-pdu-a',
    'r1-k2-pdu-b',
    'ups-a',
    'ups-b',
  ]);
});

test('questions that make no sense are refused by name', async () => {
  const bad = async (query: string, status: number, says: RegExp) => {
    const response = await site.get(`/api/v1/availability?${query}`);
    assert.equal(response.status, status, query);
    assert.match(((await response.json()) as { detail: string }).detail, says);
  };
  await bad('entity=nope', 404, /nope/);
  await bad('', 400, /entity/);
  await bad('entity=r1', 422, /nothing supplies row r1.*rack or a host/);
  await bad('entity=r1-k1&planes=steam', 400, /steam.*power, cooling, network/);
  await bad('entity=r1-k1&without=nope', 404, /nope/);
  await bad('entity=r1-k1&without=ups-a,r1-k1', 400, /without: 'r1-k1' is what is asked for/);
  await bad('entity=r1-k1&paths=3', 400, /paths/);
  await bad('entity=r1-k1&seed=-1', 400, /seed/);
});
