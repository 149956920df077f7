/** GPU power and temperature over one step: idle, load, leakage, cap, throttling, two poles. */
import { GPUS_PER_HOST } from '../layout.ts';
import { lagRatio, type State } from '../state.ts';

const DAY_S = 86_400;

export function stepGpus(state: State): void {
  const { host, p, layout, nowS } = state;
  const dieLag = lagRatio(p.dieTauS);
  const sensorLag = lagRatio(p.gpuTempTauS);
  for (let h = 0; h < layout.hosts; h++) {
    const air = (host.fanRatio[h] / p.sinkSpeedRefRatio) ** -p.sinkSpeedExponent;
    const dust = 1 + (host.foulingPerDay[h] * nowS) / DAY_S;
    const lags = { dieLag, sensorLag, sinkLag: lagRatio(p.sinkTauS * air * dust) };
    host.gpuPowerW[h] = stepHostGpus(state, h, (1 - p.dieRatio) * air * dust, lags);
  }
}

interface Lags {
  readonly dieLag: number;
  readonly sinkLag: number;
  readonly sensorLag: number;
}

/** @returns power of the host's GPUs. `sinkShare` times a GPU's resistance is that of its sink. */
function stepHostGpus(state: State, host: number, sinkShare: number, lags: Lags): number {
  const { gpu, p } = state;
  const { demandRatio, idleW, spanW, powerW, resistanceKPerW, dieRiseK, sinkRiseK } = gpu;
  const { tempC, sensedTempC } = gpu;
  const { dieLag, sinkLag, sensorLag } = lags;
  const inletC = state.host.inletTempC[host];
  const first = host * GPUS_PER_HOST;
  let total = 0;
  for (let g = first; g < first + GPUS_PER_HOST; g++) {
    const hot = tempC[g];
    let dynamicW = spanW[g] * demandRatio[g];
    if (sensedTempC[g] > p.throttleFromTempC) {
      dynamicW *= Math.max(0.3, 1 - p.throttlePerK * (sensedTempC[g] - p.throttleFromTempC));
    }
    let watts = idleW[g] + dynamicW;
    if (hot > p.leakFromTempC) {
      watts += p.leakPerK * (hot - p.leakFromTempC) * (idleW[g] + p.leakDynamicRatio * dynamicW);
    }
    if (watts > p.gpuCapW) watts = p.gpuCapW;
    powerW[g] = watts;
    total += watts;
    const rise = resistanceKPerW[g] * watts;
    dieRiseK[g] += (p.dieRatio * rise - dieRiseK[g]) * dieLag;
    sinkRiseK[g] += (sinkShare * rise - sinkRiseK[g]) * sinkLag;
    tempC[g] = inletC + p.preheatK * ((g - first) >> 1) + dieRiseK[g] + sinkRiseK[g];
    sensedTempC[g] += (tempC[g] - sensedTempC[g]) * sensorLag;
  }
  return total;
}
