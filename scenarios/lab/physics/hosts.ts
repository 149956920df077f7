/** Host power over one step: processors, memory and traffic, fans; and the air through it. */
import { GPUS_PER_HOST } from '../layout.ts';
import { lagRatio, type State } from '../state.ts';

export function stepHosts(state: State): void {
  const { gpu, host, p, layout } = state;
  const fanLag = lagRatio(p.fanTauS);
  for (let h = 0; h < layout.hosts; h++) {
    const first = h * GPUS_PER_HOST;
    let traffic = 0;
    let hottestC = 0;
    for (let g = first; g < first + GPUS_PER_HOST; g++) {
      traffic += gpu.demandRatio[g];
      if (gpu.sensedTempC[g] > hottestC) hottestC = gpu.sensedTempC[g];
    }
    const share = (hottestC - p.fanStartTempC) / (p.fanFullTempC - p.fanStartTempC);
    const wanted = p.fanFloorRatio + (1 - p.fanFloorRatio) * Math.max(0, Math.min(1, share));
    const fan = host.fanRatio[h] + (wanted - host.fanRatio[h]) * fanLag;
    host.fanRatio[h] = fan;
    host.airflowM3PerS[h] = p.airflowMaxM3PerS * fan;
    host.cpuPowerW[h] = p.cpuIdleW + p.cpuSpanW * Math.min(1, host.cpuRatio[h]);
    host.dcPowerW[h] =
      host.gpuPowerW[h] +
      host.baseW[h] +
      p.hostTrafficW * Math.min(1, traffic / GPUS_PER_HOST) +
      host.cpuPowerW[h] +
      p.fanMaxW * fan ** p.fanExponent;
  }
}
