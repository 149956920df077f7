/** What operators read on the live page: numbers, units, ages. */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import {
  ABSENT,
  formatAge,
  formatDuration,
  formatNumber,
  formatValue,
  limitSign,
  ratioText,
  scaleFor,
  valueText,
} from '../../dashboards/live/src/format.ts';
import { SIGNALS } from '../../twin/index.ts';

fc.configureGlobal({ seed: 7 });

test('values carry the unit of the signals table, with one prefix per magnitude', () => {
  assert.equal(valueText('powerW', 840), '840 W');
  assert.equal(valueText('powerW', 38_240), '38.2 kW');
  assert.equal(valueText('powerW', 1_268_000), '1.27 MW');
  assert.equal(valueText('powerHeadroomN1W', -880), '−880 W');
  assert.equal(valueText('gpuMemUsedBytes', 80 * 2 ** 30), '80 GiB');
  assert.equal(valueText('nvlinkBytesPerS', 4.5e11), '450 GB/s');
  assert.equal(valueText('inletTempC', 24.04), '24.0 °C');
  assert.equal(valueText('utilRatio', 0.873), '87 %');
  assert.equal(valueText('packetLossRatio', 0.0004), '0.04 %');
  assert.equal(valueText('smClockHz', 1.98e9), '1.98 GHz');
  assert.equal(valueText('gpuEnergyJ', 3.6e9), '1 MWh');
  assert.equal(valueText('coolantFlowM3PerS', 0.0125), '12.5 L/s');
});

test('states and codes are words, and so are their limits; a sum of flags is a count', () => {
  assert.equal(valueText('upFlag', 0), 'no');
  assert.equal(valueText('gpuPresentFlag', 1280), '1,280');
  assert.equal(valueText('healthCode', 2), 'critical');
  assert.equal(valueText('xidCode', 94), '94');
  assert.equal(limitSign('upFlag', 'min'), 'must be');
  assert.equal(limitSign('powerW', 'max'), '≤');
});

test('a ratio that is a factor is not shown as percent', () => {
  assert.equal(valueText('pueRatio', 1.128), '1.13');
  assert.equal(valueText('oversubscriptionRatio', 4), '4');
});

test('just below the next prefix rounds up into it', () => {
  assert.equal(valueText('powerW', 999.7), '1.00 kW');
  assert.equal(valueText('powerW', 999.2), '999 W');
});

test('absent is a dash, never a zero', () => {
  for (const value of [null, undefined, Number.NaN]) {
    assert.deepEqual(formatValue('powerW', value), ABSENT);
  }
  assert.notEqual(valueText('powerW', 0), ABSENT.text);
});

test('flags, codes and texts are words', () => {
  assert.equal(valueText('leakFlag', 1), 'yes');
  assert.equal(valueText('xidCode', 79), '79');
  assert.equal(valueText('driverText', '550.54.15'), '550.54.15');
});

test('a signal unknown to this build is shown as it came', () => {
  assert.equal(valueText('notYetW', 12), '12');
});

test('ages and durations', () => {
  assert.equal(formatAge(0.42), '0.4 s');
  assert.equal(formatAge(9.96), '10 s');
  assert.equal(formatAge(119), '119 s');
  assert.equal(formatAge(412), '7 min');
  assert.equal(formatAge(Number.NaN), '–');
  assert.equal(formatDuration(59), '59 s');
  assert.equal(formatDuration(3661), '1 h 1 min');
  assert.equal(formatDuration(90_000), '1 d 1 h');
});

test('shares', () => {
  assert.equal(ratioText(1.02), '102 %');
  assert.equal(ratioText(0.0312), '3.1 %');
  assert.equal(ratioText(Number.POSITIVE_INFINITY), '–');
});

test('every number keeps three significant digits of what it was', () => {
  const size = fc.double({ min: 1e-2, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(size, value => {
      const read = Number(formatNumber(value).replaceAll(',', ''));
      assert.ok(Math.abs(read - value) <= Math.max(0.005, value * 0.00501), `${value} ${read}`);
    }),
  );
});

test('every signal of the table can be shown, at any value of its range', () => {
  for (const row of SIGNALS) {
    const value = fc.double({ min: row.range[0], max: row.range[1], noNaN: true });
    fc.assert(
      fc.property(value, one => {
        const shown = formatValue(row.id, one);
        assert.ok(shown.text.length > 0 && !/NaN|undefined|Infinity/.test(shown.text), row.id);
      }),
      { numRuns: 20 },
    );
  }
});

test('an axis has one scale for all its numbers', () => {
  assert.deepEqual(scaleFor('W', 44_000), { factor: 1e-3, symbol: 'kW' });
  assert.deepEqual(scaleFor('Ratio', 1), { factor: 100, symbol: '%' });
});
