import assert from 'node:assert/strict';
import test from 'node:test';
import { benchScrape } from '../../server/bench/scrape.ts';

const SMALL = { hosts: 3, timings: 2, roundsATiming: 2, samplesARequest: 100 };

test('the benchmark runs small, measures everything, and hashes to the same twice', () => {
  const one = benchScrape(SMALL);
  const two = benchScrape(SMALL);
  assert.equal(one.name, 'scrape');
  assert.equal(one.hash, two.hash);
  assert.notEqual(one.hash, benchScrape({ ...SMALL, hosts: 2 }).hash);
  assert.equal(one.figures.samplesPerRound, 480);
  for (const [name, figure] of Object.entries(one.figures)) assert.ok(figure > 0, name);
  assert.ok(one.calibration.loopCpuS > 0);
  assert.match(one.machine.runtime, /^Node v/);
});
