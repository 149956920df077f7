import assert from 'node:assert/strict';
import test from 'node:test';
import { fitGpuThermal, type ThermalSeries } from '../../twin/calibrate/gpu-thermal-fit.ts';
import { fitLeastSquares } from '../../twin/calibrate/levenberg-marquardt.ts';
import { seededRandom, standardNormal } from '../../twin/physics/random.ts';

const TRUE = { offsetK: 3, dieKPerW: 0.02, dieTauS: 1.5, sinkKPerW: 0.045, sinkTauS: 35 };

/** A GPU worked out in steps of 10 ms, by explicit Euler: nothing in common with the fit. */
function gpu(seconds: number, everyS: number, noiseK: number, jobS = 20): ThermalSeries {
  const random = seededRandom(11);
  const series = { atS: [], powerW: [], tempC: [], inletTempC: [] } as Record<
    keyof ThermalSeries,
    number[]
  >;
  let [die, sink, powerW] = [100, 100, 100];
  for (let step = 0; step <= seconds * 100; step++) {
    // A job of another kind every `jobS`, with a ramp of a second or so in between.
    const wanted = 100 + 600 * ((Math.floor(step / 100 / jobS) * 0.618) % 1);
    powerW += (wanted - powerW) * 0.01;
    die += ((powerW - die) * 0.01) / TRUE.dieTauS;
    sink += ((powerW - sink) * 0.01) / TRUE.sinkTauS;
    if (step % (100 * everyS) !== 0) continue;
    const riseK = TRUE.offsetK + TRUE.dieKPerW * die + TRUE.sinkKPerW * sink;
    series.atS.push(step / 100);
    series.powerW.push(powerW);
    series.inletTempC.push(22);
    series.tempC.push(22 + riseK + noiseK * standardNormal(random));
  }
  return series;
}

test('resistances and time constants come back from a series sampled each second', () => {
  const fit = fitGpuThermal(gpu(900, 1, 0.3));
  assert.ok(fit?.isConverged);
  const within = (name: keyof typeof TRUE, j: number, ratio: number) => {
    const off = Math.abs(fit[name] - TRUE[name]);
    assert.ok(off < ratio * TRUE[name], `${name}: ${fit[name]}, not ${TRUE[name]}`);
    assert.ok(off < 5 * fit.sd[j], `${name}: sd ${fit.sd[j]}`);
  };
  within('offsetK', 0, 0.1);
  within('dieKPerW', 1, 0.1);
  within('dieTauS', 2, 0.25);
  within('sinkKPerW', 3, 0.05);
  within('sinkTauS', 4, 0.1);
  assert.ok(Math.abs(fit.rmseK - 0.3) < 0.03);
});

test('samples half a minute apart do not tell the die from the heat sink, and the fit says so', () => {
  const fit = fitGpuThermal(gpu(14_400, 30, 0.3, 290));
  assert.ok(fit);
  assert.ok(Math.abs(fit.dieKPerW + fit.sinkKPerW - 0.065) < 0.004);
  assert.ok(fit.sd[2] > fit.dieTauS / 4, `${fit.dieTauS} with ${fit.sd[2]}`);
});

test('broken samples are dropped and counted; too few, or a power that rests, give no fit', () => {
  const good = gpu(300, 1, 0.3);
  const powerW = Array.from(good.powerW);
  const tempC = Array.from(good.tempC);
  powerW[10] = -5;
  powerW[11] = Number.NaN;
  tempC[12] = 999;
  const atS = Array.from(good.atS);
  atS[13] = atS[12];
  atS[14] = 0;
  const fit = fitGpuThermal({ ...good, powerW, tempC, atS });
  // 13 is the first at its time, since 12 was dropped; 14 lies before all.
  assert.equal(fit?.dropped, 4);
  assert.ok(Math.abs((fit?.sinkKPerW ?? 0) - 0.045) < 0.006);
  assert.equal(fitGpuThermal({ ...good, powerW: powerW.map(() => 400) }), undefined);
  assert.equal(fitGpuThermal(gpu(20, 1, 0)), undefined);
});

test('a line is fitted exactly, a parameter without effect is left and unknown', () => {
  const fit = fitLeastSquares({
    residuals([a, b], out) {
      for (let k = 0; k < out.length; k++) out[k] = a + b * k - (3 + 2 * k);
    },
    ...{ count: 5, start: [0, 0, 1], low: [-10, -10, 0], high: [10, 10, 2] },
  });
  assert.ok(Math.abs(fit.parameters[0] - 3) < 1e-6 && Math.abs(fit.parameters[1] - 2) < 1e-6);
  assert.equal(fit.parameters[2], 1);
  assert.equal(fit.sd[2], Number.POSITIVE_INFINITY);
  // The best line within a bound on its slope: 3 + 2 k with b <= 1 gives a = mean(3 + k) = 5.
  const bounded = fitLeastSquares({
    residuals([a, b], out) {
      for (let k = 0; k < out.length; k++) out[k] = a + b * k - (3 + 2 * k);
    },
    ...{ count: 5, start: [0, 0], low: [-10, -10], high: [10, 1] },
  });
  assert.ok(Math.abs(bounded.parameters[0] - 5) < 1e-4, `${bounded.parameters[0]}`);
  assert.equal(bounded.parameters[1], 1);
});
