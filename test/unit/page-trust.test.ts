/** Trust on the live page: errors, skill and faults of sensors in words. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Disagreement, FidelityScore } from '../../dashboards/live/src/api/types.ts';
import {
  balanceTitle,
  bandOf,
  differenceText,
  earlyText,
  errorText,
  faultText,
  horizonText,
  skillOf,
  spreadText,
  sureText,
} from '../../dashboards/live/src/trust/words.ts';
import { BALANCES, SENSOR_FAULTS } from '../../twin/index.ts';

const SCORE: FidelityScore = {
  ...{ kind: 'host', signal: 'powerW', horizonS: 900, count: 10, mapePct: 2.25, bias: 21 },
  ...{
    rmse: 1950,
    skillPersistence: 0.62,
    skillMean: 0.8,
    band: null,
    rounds: 400,
    isEarly: false,
  },
};

test('skill is told in words and as the figure, not known is not nought', () => {
  assert.deepEqual(skillOf(0.624), { word: 'better', text: '62 % better', figure: '+0.62' });
  assert.deepEqual(skillOf(-0.08), { word: 'worse', text: '8 % worse', figure: '−0.08' });
  assert.deepEqual(skillOf(-1.4), { word: 'worse', text: '140 % worse', figure: '−1.40' });
  assert.deepEqual(skillOf(-24), { word: 'worse', text: '25 × worse', figure: '−24.00' });
  for (const even of [0, 0.004, -0.004]) assert.equal(skillOf(even).text, 'no better');
  for (const unknown of [null, undefined, Number.NaN]) {
    assert.equal(skillOf(unknown).text, 'not told');
  }
});

test('a skill of few rounds is not judged, and no band called narrow by them', () => {
  assert.equal(earlyText(SCORE, 30), undefined);
  const band = { low: -0.1, high: 0.1, isRelative: true, coverage: 0.4 };
  const early = { ...SCORE, band, rounds: 12, isEarly: true };
  assert.equal(earlyText(early, 30), '12 of 30 rounds scored');
  assert.equal(bandOf(early).isNarrow, false);
  assert.equal(bandOf({ ...early, isEarly: false }).isNarrow, true);
});

test('errors are parts of the value, of temperatures kelvins', () => {
  assert.equal(errorText(SCORE), '2.25 %');
  assert.equal(errorText({ ...SCORE, signal: 'inletTempC', mapePct: null, rmse: 0.42 }), '0.42 K');
  assert.equal(errorText({ ...SCORE, mapePct: null }), '1.95 kW');
  assert.equal(errorText({ ...SCORE, mapePct: null, rmse: null }), '–');
});

test('differences carry their sign and the unit of a difference', () => {
  assert.equal(differenceText('powerW', 1950), '+1.95 kW');
  assert.equal(differenceText('powerW', -30), '−30 W');
  assert.equal(differenceText('inletTempC', -0.3), '−0.30 K');
  assert.equal(differenceText('utilRatio', 0.031), '+3.10 %');
  assert.equal(differenceText('powerW', null), '–');
});

test('horizons: the newest reading, or one that old', () => {
  const horizons = [0, 900, 3600].map(horizonS => horizonText({ horizonS }));
  assert.deepEqual(horizons, [
    ...['without its newest reading', 'meter silent 15 min', 'meter silent 1 h'],
  ]);
  assert.equal(horizonText({ horizonS: 300, maker: 'prediction' }), 'predicted 5 min ahead');
});

test('a band that holds fewer than it should is called narrow', () => {
  const band = { low: -0.031, high: 0.028, isRelative: true, coverage: 0.72 };
  assert.deepEqual(bandOf({ ...SCORE, band }), {
    text: '72 %',
    title: '90 % of errors are expected within −3.10 % to +2.80 %',
    isNarrow: true,
  });
  assert.equal(bandOf({ ...SCORE, band: { ...band, coverage: 0.9 } }).isNarrow, false);
  assert.equal(bandOf({ ...SCORE, band: { ...band, coverage: null } }).text, '–');
  assert.equal(bandOf(SCORE).text, '–');
  const kelvin = { ...band, low: -1, high: 2, isRelative: false };
  assert.match(bandOf({ ...SCORE, signal: 'gpuTempC', band: kelvin }).title, /−1 K to \+2 K$/);
});

const found = (fault: string, more: Partial<Disagreement> = {}): Disagreement => ({
  ...{ entity: 'r1k1-n1/psu0', signal: 'outletPowerW', fault, confidence: 0.97 },
  ...more,
});

test('what is wrong with a sensor', () => {
  const texts: readonly (readonly [Disagreement, string])[] = [
    [found('scale', { factor: 0.9312 }), 'scale wrong, reads 0.93 of what its neighbours say'],
    [found('scale', { factor: 1.072 }), 'scale wrong, reads 1.07 of what its neighbours say'],
    [
      found('unit', { factor: 1003, unit: 'milli' }),
      'unit wrong (milli), reads 1000 times what its neighbours say',
    ],
    [found('unit', { unit: 'fahrenheit' }), 'unit wrong (fahrenheit)'],
    [
      found('offset', { offsetK: -3.21, factor: 0.8 }),
      'offset wrong, reads 3.2\u00a0K below what its neighbours say',
    ],
    [found('drift', { factor: 1.12 }), 'drifting, by now reads 1.12 of what its neighbours say'],
    [found('stuck'), 'stuck, shows one value while what it measures moves'],
    [found('dead'), 'dead, shows nothing of a load that others see'],
    [found('swapped'), 'swapped, shows what belongs to another'],
    [found('swapped', { other: found('') }), 'swapped, shows what belongs to '],
  ];
  for (const [given, text] of texts) assert.equal(faultText(given), text);
});

test('every fault that the twin can find has words of its own', () => {
  const texts = SENSOR_FAULTS.map(fault => faultText(found(fault, { factor: 0.5 })));
  assert.equal(new Set(texts).size, SENSOR_FAULTS.length);
  assert.match(faultText(found('bent', { factor: 0.5 })), /^bent, reads 0\.5 of/);
});

test('balances have their titles, one unknown to this build its name', () => {
  assert.equal(balanceTitle(BALANCES[0].id), BALANCES[0].title);
  assert.equal(balanceTitle('newer'), 'newer');
});

test('certainty is never complete', () => {
  assert.equal(sureText(0.97), '97 % sure');
  assert.equal(sureText(0.99998), 'over 99 % sure');
});

test('parameters are told to the digits that their uncertainty leaves', () => {
  assert.equal(spreadText(0.0412, 0.0031), '0.0412 ± 0.0031');
  assert.equal(spreadText(1412.6, 18.2), '1413 ± 18');
  assert.equal(spreadText(-3.9, 0.33), '−3.90 ± 0.33');
  assert.equal(spreadText(2.1e-5, 4e-6), '(21.0 ± 4.0) · 10⁻⁶');
  assert.equal(spreadText(42, 0), '42.00');
  assert.equal(spreadText(0, 0), '0');
});

test('a miscabled cord is told with both outlets, as far as they are known', () => {
  const found: Disagreement = {
    ...{ entity: 'k2-n1/psu0', signal: 'outletPowerW', fault: 'miscabled', confidence: 1 },
    other: { entity: 'k2-b', signal: 'unwiredOutletPowerW' },
  };
  const known = { ...found, documentedOutlet: 'k2-a/3', loadedOutlet: 'k2-b/11' };
  assert.equal(faultText(known), 'miscabled, the cord is not in k2-a/3, but in outlet 11 of');
  const half = 'miscabled, the cord is not where it should be, its load hangs on';
  assert.equal(faultText(found), half);
  const alone = { ...found, other: undefined } as unknown as Disagreement;
  assert.equal(faultText(alone), 'miscabled, the cord is not where it should be');
});
