/** Colours of the live page: domains, ramps, contrast. */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import {
  domainOf,
  isBreached,
  placeOf,
  roundSpan,
  spanOf,
  stepOf,
  ticks,
} from '../../dashboards/live/src/colour/domain.ts';
import { contrast, oklchToRgb } from '../../dashboards/live/src/colour/oklch.ts';
import { breachSwatch, RAMP_STEPS, ramp } from '../../dashboards/live/src/colour/ramp.ts';

fc.configureGlobal({ seed: 7 });

test('OKLCH reaches white, black and the red of sRGB', () => {
  assert.deepEqual(oklchToRgb([1, 0, 0]), [255, 255, 255]);
  assert.deepEqual(oklchToRgb([0, 0, 0]), [0, 0, 0]);
  const [red, green, blue] = oklchToRgb([0.628, 0.2577, 29.23]);
  assert.ok(red > 252 && green < 6 && blue < 6, `${red} ${green} ${blue}`);
});

const inkOf = (css: string) => css.match(/\d+/g)!.map(Number) as [number, number, number];

test('text on every colour of every ramp is readable: 4.5:1, the AA level of WCAG 2', () => {
  for (const theme of ['dark', 'light'] as const) {
    for (const name of ['load', 'plain'] as const) {
      for (const { rgb, ink } of [...ramp(name, theme), breachSwatch(theme)]) {
        assert.ok(contrast(rgb, inkOf(ink)) >= 4.5, `${name} ${theme} rgb(${rgb})`);
      }
    }
  }
});

test('neighbouring steps of a ramp differ, and never by a jump', () => {
  for (const theme of ['dark', 'light'] as const) {
    const swatches = ramp('load', theme);
    assert.equal(swatches.length, RAMP_STEPS);
    for (let at = 1; at < swatches.length; at++) {
      const distance = Math.hypot(
        ...swatches[at].rgb.map((value, i) => value - swatches[at - 1].rgb[i]),
      );
      assert.ok(distance > 0 && distance < 30, `${theme} ${at}: ${distance}`);
    }
  }
});

test('the domain has round ends around values and limit', () => {
  const domain = domainOf({ unit: 'W', span: [20_300, 37_800], limit: 44_000 });
  assert.deepEqual([domain.low, domain.high, domain.limit], [0, 50_000, 44_000]);
  assert.equal(domain.ramp, 'load');
  const inlet = domainOf({ unit: 'C', span: [20.2, 29.2], limit: 27 });
  assert.deepEqual([inlet.low, inlet.high], [20, 30]);
  assert.equal(domainOf({ unit: 'Ratio', span: [0.2, 0.4] }).high, 1);
  assert.equal(domainOf({ unit: 'Count', span: [3, 9] }).ramp, 'plain');
});

test('a lower limit turns the ramp round: little headroom is warm', () => {
  const domain = domainOf({ unit: 'W', span: [-2000, 9000], limit: 0, compare: 'min' });
  assert.ok(domain.isFlipped);
  assert.equal(placeOf(domain, 0), 1);
  assert.ok(placeOf(domain, 9000) < 0.2);
});

test('the limit is at the warm end, whatever lies beyond', () => {
  const domain = domainOf({ unit: 'Ratio', span: [0.4, 1.3], limit: 1 });
  assert.equal(stepOf(domain, 1), RAMP_STEPS - 1);
  assert.equal(stepOf(domain, 1.3), RAMP_STEPS - 1);
  assert.ok(stepOf(domain, 0.9) < RAMP_STEPS - 1);
});

test('places grow with values', () => {
  const finite = fc.double({ min: -1e6, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(finite, finite, finite, finite, (a, b, one, other) => {
      const domain = domainOf({ unit: 'W', span: spanOf([a, b]) });
      const [less, more] = [Math.min(one, other), Math.max(one, other)];
      assert.ok(placeOf(domain, less) <= placeOf(domain, more));
      assert.ok(placeOf(domain, less) >= 0 && placeOf(domain, more) <= 1);
    }),
  );
});

test('round spans hold what they round, with ticks inside', () => {
  fc.assert(
    fc.property(
      fc.double({ min: -1e5, max: 1e5, noNaN: true }),
      fc.double({ min: 1e-2, max: 1e5, noNaN: true }),
      (low, size) => {
        const [from, to] = roundSpan(low, low + size);
        assert.ok(from <= low + 1e-6 && to >= low + size - 1e-6, `${from} ${to}`);
        const marks = ticks(from, to);
        assert.ok(marks.length >= 2 && marks.length <= 12, `${marks.length} ticks`);
        assert.ok(marks[0] >= from - size * 1e-6 && marks.at(-1)! <= to + size * 1e-6);
      },
    ),
  );
});

test('no values, no limit: still a domain', () => {
  const { low, high } = domainOf({ unit: 'W', span: spanOf([]) });
  assert.ok(high > low);
});

test('a limit is breached beyond it, not at it', () => {
  assert.equal(isBreached(27, 27, 'max'), false);
  assert.equal(isBreached(27.1, 27, 'max'), true);
  assert.equal(isBreached(-1, 0, 'min'), true);
  assert.equal(isBreached(5, Number.NaN, 'max'), false);
});
