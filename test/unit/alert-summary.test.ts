/** What alerts say, by kind of limit: words and units, not numbers of a table. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { summaryOf } from '../../server/alerts/summary.ts';
import { humanLimit, humanValue } from '../../server/human-value.ts';
import { type Breach, LIMITS, SIGNALS, signalIndex } from '../../twin/index.ts';

function said(limitId: string, value: number, threshold: number, isOver = false): string {
  const row = LIMITS.find(({ id }) => id === limitId);
  assert.ok(row, limitId);
  const limit = { row, signal: signalIndex(row.signal) } as Breach['limit'];
  return summaryOf({ limit, value, threshold } as Breach, 'x', isOver);
}

test('an alert says what is so, with unit, and names what a code stands for', () => {
  const cases: readonly [limit: string, value: number, threshold: number, text: string][] = [
    ['psuOk', 0, 1, 'Power supply not healthy: x'],
    ['rowRemapPending', 1, 0, 'Row remap pending: x'],
    ['healthCritical', 2, 1, 'Health critical: x reports critical'],
    ['healthWarning', 1, 0, 'Health warning: x reports warning'],
    ['xid', 94, 0, 'XID error: x reports XID 94: Contained memory error; restart the application'],
    [
      'xid',
      43,
      0,
      'XID error: x reports XID 43: GPU stopped processing after an application fault',
    ],
    ['xid', 999, 0, 'XID error: x is at 999, above 0'],
    ['gpuThrottled', 0.898, 0.2, 'GPU throttled: x is at 89.8 %, above 20 %'],
    ['rackPower', 45_678, 44_000, 'Rack power: x is at 45.68 kW, above 44 kW'],
    ['gpuMarginWarn', 0, 3, 'GPU thermal margin small: x is at 0 K, below 3 K'],
    ['pue', 1.5, 1.4, 'PUE: x is at 1.5, above 1.4'],
    ['upsLoad', 0.8004, 0.8, 'UPS load: x is at 80.04 %, above 80 %'],
    ['upsLoad', 0.800004, 0.8, 'UPS load: x is at 80.0004 %, above 80 %'],
    ['rackPower', 44_000.3, 44_000, 'Rack power: x is at 44.0003 kW, above 44 kW'],
  ];
  for (const [limit, value, threshold, text] of cases) {
    assert.equal(said(limit, value, threshold), text);
  }
});

test('an alert does not say that its limit is passed when it no longer is', () => {
  assert.equal(
    said('rackPower', 43_500, 44_000),
    'Rack power: x is at 43.5 kW, no longer above 44 kW; ends at 43.12 kW',
  );
  assert.equal(
    said('batteryCharge', 0.81, 0.8),
    'Battery charge: x is at 81 %, no longer below 80 %; ends at 81.6 %',
  );
  assert.equal(
    said('rackPower', 40_000, 44_000, true),
    'Rack power: x is at 40 kW, no longer above 44 kW',
  );
  const gone = said('rackPower', 45_000, 44_000, true);
  assert.equal(gone, 'Rack power: x was at 45 kW, above 44 kW', 'ended because nothing is known');
});

test('a limit whose title says what must hold also says what is so when it does not', () => {
  for (const row of LIMITS) {
    const isState = SIGNALS[signalIndex(row.signal)].unit === 'Flag';
    assert.equal(row.broken !== undefined, isState && row.compare === 'min', row.id);
  }
});

test('flags and codes are words, sums of flags are counts', () => {
  assert.equal(humanValue(1, 'Flag', 'upFlag'), 'yes');
  assert.equal(humanValue(1280, 'Flag', 'gpuPresentFlag'), '1280');
  assert.equal(humanValue(2, 'Code', 'healthCode'), 'critical');
  assert.equal(humanLimit({ compare: 'min', value: 1 }, 'Flag', 'upFlag'), 'must be yes');
  assert.equal(humanLimit({ compare: 'max', value: 44_000 }, 'W', 'powerW'), '≤ 44 kW');
});
