/** What must hold of power, heat and cooling whatever the figures are. */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { drawn, lossesOf } from '../../twin/closure/losses.ts';
import { pueOfParts } from '../../twin/physics/energy/pue.ts';
import { sitePower } from '../../twin/physics/energy/year.ts';
import {
  type ConversionLoss,
  chainDraw,
  conversionLossOf,
  conversionLossW,
} from '../../twin/physics/power/conversion.ts';
import { gpuPowerModel, runUnderCap } from '../../twin/physics/power/gpu.ts';
import { feedDraws, psuCurve, psuEfficiency, psuInputW } from '../../twin/physics/power/psu.ts';
import { waveMeanW, wavePowerW, waveWindow } from '../../twin/physics/power/wave.ts';
import { fitRoom, timeToRiseS } from '../../twin/physics/thermal/cooling-loss.ts';
import { poleDecay, poleRiseK, settledHeat } from '../../twin/physics/thermal/gpu-heat.ts';
import {
  exchangeOf,
  fitRecirculation,
  inletTempsC,
  recirculationKPerW,
} from '../../twin/physics/thermal/recirculation.ts';
import { gpuAtRest, gpuHeatLimits } from '../../twin/physics/thermal/throttle.ts';
import { CLASSES } from '../../twin/tables/classes.ts';
import { PSU_RATINGS } from '../../twin/tables/physics/power.ts';
import { topologyFrom } from '../support/inventories.ts';
import { chainDocument, chainPlans } from '../support/random-chain.ts';

const between = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const curves = fc.constantFrom(...Object.values(PSU_RATINGS)).map(psuCurve);
const gpus = fc.constantFrom(
  ...CLASSES.filter(row => row.kind === 'gpu' && gpuHeatLimits(row.figures)),
);
const counts = fc.integer({ min: 1, max: 6 });
const lossOf = (a: number, b: number, c: number, ratedW: number): ConversionLoss => ({
  noLoadW: a * ratedW,
  linear: b,
  squarePerW: c / ratedW,
});
const converters = fc
  .tuple(between(0, 0.05), between(0, 0.05), between(0, 0.05), between(1e4, 1e6))
  .map(given => lossOf(...given));

test('energy in is heat out from the chip to the meter, PSU and UPS losses with it', () => {
  fc.assert(
    fc.property(
      curves,
      fc.tuple(counts, counts),
      fc.array(converters, { maxLength: 4 }),
      between(0, 1.2),
      (curve, [countA, countB], chain, load) => {
        const ratedW = 3000;
        const dcW = load * ratedW * (countA + countB);
        const feeds = feedDraws({ curve, ratedW, countA, countB }, dcW);
        const heats = [dcW, feeds.lossW];
        let inW = 0;
        for (const feedW of [feeds.feedAW, feeds.feedBW]) {
          const draw = chainDraw(chain, feedW);
          inW += draw.inputW;
          heats.push(...draw.lossesW);
        }
        const outW = heats.reduce((sum, heat) => sum + heat, 0);
        assert.ok(Math.abs(inW - outW) <= 1e-9 * Math.max(1, inW), `${inW} in, ${outW} out`);
        assert.ok(heats.every(heat => heat >= 0));
      },
    ),
  );
});

test('energy in is heat out of a site', () => {
  fc.assert(
    fc.property(
      between(0, 1.5e6),
      between(0, 1),
      fc.option(converters, { nil: undefined }),
      fc.tuple(between(-30, 45), between(0, 30)),
      fc.constantFrom<'wet' | 'dry'>('wet', 'dry'),
      (itW, liquidHeatRatio, ups, [dryBulbC, belowK], rejection) => {
        const site = { designItW: 1e6, liquidHeatRatio, ups, pdu: undefined, rejection };
        const weather = { dryBulbC, dewPointC: dryBulbC - belowK, pressurePa: 1e5 };
        const waters = { airWaterTempC: 18, liquidWaterTempC: 30 };
        const p = sitePower({ ...site, ...waters }, itW, weather);
        const inW = p.it + p.ups + p.pdu + p.fans + p.pumps + p.chillers + p.lights;
        assert.ok(Math.abs(p.rejectedW + p.ambientW - inW) <= 1e-9 * inW);
        assert.ok(p.freeRatio >= 0 && p.freeRatio <= 1 + 1e-12);
      },
    ),
  );
});

test('losing a feed never lowers what the other carries', () => {
  fc.assert(
    fc.property(curves, counts, counts, between(0, 2), (curve, countA, countB, load) => {
      const dcW = load * 3000 * countB;
      const before = feedDraws({ curve, ratedW: 3000, countA, countB }, dcW);
      const after = feedDraws({ curve, ratedW: 3000, countA: 0, countB }, dcW);
      assert.ok(after.feedBW >= before.feedBW, `${before.feedBW} then ${after.feedBW}`);
    }),
  );
});

test('a PSU draws more for more output, and never gives more than it takes', () => {
  fc.assert(
    fc.property(curves, between(0, 2), between(0, 1), (curve, load, more) => {
      const drawW = (ratio: number) => psuInputW(curve, 1000, 1000 * ratio);
      assert.ok(drawW(load + more) >= drawW(load));
      const efficiency = psuEfficiency(curve, load);
      assert.ok(efficiency >= 0 && efficiency < 1);
    }),
  );
});

test('the closure and the physics lose the same in a UPS', () => {
  const plans = chainPlans({ lossy: true, skipsLayers: true });
  fc.assert(
    fc.property(plans, between(0, 1e5), (plan, loadW) => {
      const topology = topologyFrom(chainDocument(plan));
      const { power } = topology.planes;
      const losses = lossesOf(topology, power);
      power.entities.forEach((entity, p) => {
        const row = topology.classes[topology.classIndex[entity]];
        const loss = row ? conversionLossOf(row) : undefined;
        const wanted = loadW + (loss ? conversionLossW(loss, loadW) : 0);
        assert.ok(Math.abs(drawn(losses, p, loadW) - wanted) <= 1e-9 * Math.max(1, wanted));
      });
    }),
    { numRuns: 20 },
  );
});

test('raising a cap never lowers throughput, and power never exceeds cap and draw', () => {
  fc.assert(
    fc.property(
      gpus,
      fc.tuple(between(1, 1500), between(0, 1500)),
      between(1, 1500),
      fc.tuple(between(0, 1), between(0, 1), between(0, 1), between(0, 1)),
      (row, [capW, moreW], drawW, [computeBoundRatio, peakRatio, lowRatio, staticRatio]) => {
        const model = gpuPowerModel(row);
        const shape = { computeBoundRatio, peakRatio, lowRatio, staticRatio };
        const low = runUnderCap(model, capW, drawW, shape);
        const high = runUnderCap(model, capW + moreW, drawW, shape);
        assert.ok(high.timeRatio <= low.timeRatio);
        assert.ok(high.powerW >= low.powerW * (1 - 1e-9));
        assert.ok(high.powerW <= drawW * (1 + 1e-9));
        assert.ok(low.isAtMinClock || low.powerW <= capW * (1 + 1e-9));
      },
    ),
  );
});

test('raising the inlet never lowers the junction, nor a higher cap the clock', () => {
  fc.assert(
    fc.property(
      gpus,
      fc.tuple(between(5, 60), between(0, 30)),
      between(0.01, 0.1),
      fc.tuple(between(0, 1), between(30, 1200), between(0, 500)),
      (row, [inletTempC, warmerK], resistanceKPerW, [utilRatio, capW, moreW]) => {
        const [model, limits] = [gpuPowerModel(row), gpuHeatLimits(row.figures)];
        assert.ok(limits);
        const at = (inlet: number, cap: number) =>
          gpuAtRest(model, limits, { inletTempC: inlet, resistanceKPerW, utilRatio, capW: cap });
        const cool = at(inletTempC, capW);
        const warm = at(inletTempC + warmerK, capW);
        assert.ok(warm.tempC >= cool.tempC - 1e-6, `${cool.tempC} then ${warm.tempC}`);
        assert.ok(warm.clockRatio <= cool.clockRatio + 1e-9);
        assert.ok(at(inletTempC, capW + moreW).clockRatio >= cool.clockRatio - 1e-9);
        assert.ok(Number.isFinite(warm.tempC) && Number.isFinite(warm.powerW));
      },
    ),
  );
});

test('where leakage settles, temperature and power agree, and both rise with the inlet', () => {
  fc.assert(
    fc.property(between(0, 80), between(0.01, 0.2), between(0, 1500), (inletC, r, powerW) => {
      const settled = settledHeat(inletC, r, powerW);
      const warmer = settledHeat(inletC + 5, r, powerW);
      if (settled.outcome === 'runaway') {
        assert.equal(warmer.outcome, 'runaway');
        return;
      }
      assert.ok(Math.abs(settled.tempC - inletC - r * settled.powerW) <= 1e-8 * settled.tempC);
      if (warmer.outcome === 'settles') assert.ok(warmer.tempC > settled.tempC);
    }),
  );
});

test('a pole after two steps is where one step of both takes it', () => {
  fc.assert(
    fc.property(
      fc.tuple(between(0, 100), between(0, 1000)),
      fc.tuple(between(0.1, 100), between(0.1, 100)),
      between(0.1, 100),
      ([riseK, powerW], [firstS, secondS], tauS) => {
        const r = 0.05;
        const half = poleRiseK(riseK, powerW, r, poleDecay(firstS, tauS));
        const twice = poleRiseK(half, powerW, r, poleDecay(secondS, tauS));
        const once = poleRiseK(riseK, powerW, r, poleDecay(firstS + secondS, tauS));
        assert.ok(Math.abs(twice - once) <= 1e-9 * Math.max(1, riseK, powerW));
      },
    ),
  );
});

/** Rows of racks that exchange some of their air, as any row may. */
const rows = fc.integer({ min: 1, max: 6 }).chain(n =>
  fc.record({
    flowWPerK: fc.array(between(300, 900), { minLength: n, maxLength: n }),
    exchange: fc.array(fc.array(between(0, 0.3 / n), { minLength: n, maxLength: n }), {
      minLength: n,
      maxLength: n,
    }),
    powerW: fc.array(between(0, 20_000), { minLength: n, maxLength: n }),
  }),
);

test('recirculation never cools, heats all with more power, and keeps its row sums below 1', () => {
  fc.assert(
    fc.property(rows, ({ flowWPerK, exchange, powerW }) => {
      const d = recirculationKPerW(exchange, flowWPerK);
      assert.ok(d.flat().every(value => value >= 0));
      const inletsC = inletTempsC(20, d, powerW);
      const moreC = inletTempsC(
        20,
        d,
        powerW.map(power => power + 1000),
      );
      inletsC.forEach((inlet, i) => {
        assert.ok(inlet >= 20 && moreC[i] >= inlet);
      });
      for (const row of exchangeOf(d, flowWPerK)) {
        const sum = row.reduce((total, part) => total + part, 0);
        assert.ok(sum < 1 && row.every(part => part >= -1e-9), `${row}`);
      }
      // All heat leaves with the air that is not breathed again.
      const outW = flowWPerK.reduce((sum, flow, i) => {
        const kept = exchange[i].reduce((total, part) => total + part, 0);
        return sum + (1 - kept) * flow * (inletsC[i] - 20 + powerW[i] / flow);
      }, 0);
      const inW = powerW.reduce((sum, power) => sum + power, 0);
      assert.ok(Math.abs(outW - inW) <= 1e-9 * Math.max(1, inW), `${inW} in, ${outW} out`);
    }),
  );
});

test('an identified row of the matrix is never negative and explains clean days', () => {
  fc.assert(
    fc.property(rows, fc.integer({ min: 1, max: 1e6 }), ({ flowWPerK, exchange }, seed) => {
      const d = recirculationKPerW(exchange, flowWPerK);
      let state = seed;
      const next = () => {
        state = (state * 48_271) % 2_147_483_647;
        return state / 2_147_483_647;
      };
      const samples = Array.from({ length: 80 }, () => {
        const powerW = flowWPerK.map(() => 20_000 * next());
        return { powerW, riseK: inletTempsC(0, d, powerW)[0] };
      });
      const fit = fitRecirculation(samples, 1e-9);
      assert.ok(fit.kPerW.every(value => value >= 0));
      assert.ok(fit.rmsK < 0.01, `${fit.rmsK}`);
    }),
    { numRuns: 30 },
  );
});

test('more power leaves less time without cooling, and every fit meets its point', () => {
  fc.assert(
    fc.property(
      fc.tuple(between(500, 2e5), between(2, 40), between(5, 7200)),
      between(1.01, 4),
      ([powerW, riseK, timeS], factor) => {
        const room = fitRoom({ powerW, riseK, timeS });
        assert.ok(Math.abs(timeToRiseS(room, powerW, riseK) - timeS) <= 1e-6 * timeS);
        // Faster than in proportion: the solids have less time to help.
        assert.ok(timeToRiseS(room, powerW * factor, riseK) <= (timeS / factor) * (1 + 1e-6));
      },
    ),
  );
});

test('windows of a wave hold every sample in them, and their means add up', () => {
  const waves = fc.record({
    highW: between(300, 700),
    lowW: between(0, 300),
    periodS: between(0.3, 5),
    highRatio: between(0, 1),
  });
  fc.assert(
    fc.property(waves, between(-100, 100), between(0.1, 20), (wave, fromS, forS) => {
      const window = waveWindow(wave, fromS, forS);
      assert.ok(window.minW <= window.meanW + 1e-6 && window.meanW <= window.maxW + 1e-6);
      for (let i = 1; i < 20; i++) {
        const atS = fromS + (forS * i) / 20;
        const powerW = wavePowerW(wave, atS);
        // What lies for less than a billionth of the window in it may be seen or not.
        const isEdge =
          powerW !== wavePowerW(wave, atS + 1e-6) || powerW !== wavePowerW(wave, atS - 1e-6);
        assert.ok(
          isEdge || (powerW >= window.minW && powerW <= window.maxW),
          `${powerW} W at ${atS}`,
        );
      }
      const halves = waveMeanW(wave, fromS, forS / 2) + waveMeanW(wave, fromS + forS / 2, forS / 2);
      assert.ok(Math.abs(halves / 2 - window.meanW) <= 1e-6);
    }),
  );
});

test('a mix lies between its parts', () => {
  fc.assert(
    fc.property(between(0, 1), between(1, 2), between(1, 2), (share, a, b) => {
      const mix = pueOfParts([
        { itShareRatio: share, pue: a },
        { itShareRatio: 1 - share, pue: b },
      ]);
      assert.ok(mix >= Math.min(a, b) - 1e-12 && mix <= Math.max(a, b) + 1e-12);
    }),
  );
});
