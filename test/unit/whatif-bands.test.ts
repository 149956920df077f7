import assert from 'node:assert/strict';
import test from 'node:test';
import type { Trust } from '../../server/trust.ts';
import { withBands } from '../../server/whatif/bands.ts';
import type { BoardKey, WhatIfAnswer } from '../../twin/index.ts';

const numbers = (load: number) => ({ load, headroom: null, headroomN1: null });

const layer = (kind: string, before: number, after: number, unit = 'W') => ({
  ...{ plane: 'power', kind, unit, entity: 'e', limit: null },
  ...{ before: numbers(before), after: numbers(after) },
});

const answerOf = (...layers: unknown[]) => ({ layers }) as WhatIfAnswer;

/** A record that knows hosts (-20 % .. +10 %) and racks (-5 % .. +5 %). */
const record = {
  calibration: {
    band({ kind, signal, horizonS }: BoardKey) {
      if (signal !== 'powerW' || horizonS !== 0) return undefined;
      const shape = { isRelative: true, coverageRatio: 0.9 };
      if (kind === 'host') return { low: -0.2, high: 0.1, ...shape };
      return kind === 'rack' ? { low: -0.05, high: 0.05, ...shape } : undefined;
    },
  },
} as unknown as Trust;

const bandsOf = (answer: WhatIfAnswer) => answer.layers.map(({ after }) => after.band);

test('the band is of what the changes add, by the record of the layer or of a host', () => {
  const answer = answerOf(layer('rack', 10_000, 14_000), layer('ups', 100_000, 104_000));
  // 5 % of 4 kW around 14 kW; a UPS has no record, so that of a host: -20 % and +10 % of 4 kW.
  assert.deepEqual(bandsOf(withBands(answer, record)), [
    { low: 13_800, high: 14_200, coverage: 0.9 },
    { low: 103_200, high: 104_400, coverage: 0.9 },
  ]);
});

test('a load that falls is as uncertain as one that rises; one that stays is not', () => {
  const answer = answerOf(layer('rack', 14_000, 10_000), layer('rack', 9_000, 9_000));
  assert.deepEqual(bandsOf(withBands(answer, record)), [
    { low: 9_800, high: 10_200, coverage: 0.9 },
    { low: 9_000, high: 9_000, coverage: 0.9 },
  ]);
});

test('no band without a record, and none on what is not power', () => {
  const answer = answerOf(layer('rack', 0, 1000), layer('site', 8, 16, 'Count'));
  assert.deepEqual(bandsOf(withBands(answer, undefined)), [undefined, undefined]);
  assert.equal(bandsOf(withBands(answer, record))[1], undefined);
});

test('what is cut off carries nothing for certain, and no band goes below nothing', () => {
  const answer = answerOf(layer('ups', 100_000, 0), layer('ups', 100_000, 5_000));
  assert.deepEqual(bandsOf(withBands(answer, record)), [
    undefined,
    { low: 0, high: 14_500, coverage: 0.9 },
  ]);
});
