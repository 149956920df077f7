/**
 * Heat and air over one step. All power of a rack enters a store (its solids) and leaves it with a
 * lag, so energy in = heat out + energy stored holds at every instant.
 */
import { CRAHS, HOSTS_PER_RACK } from '../layout.ts';
import { lagRatio, STEP_S, type State } from '../state.ts';

const DAY_S = 86_400;

export function stepAir(state: State): void {
  emitHeat(state);
  stepCrahs(state);
  mixInlets(state);
  stepHostAir(state);
}

/** Exact solution of dE/dt = P - E / tau over the step. */
function emitHeat(state: State): void {
  const { rack, p } = state;
  const keep = Math.exp(-STEP_S / p.rackTauS);
  for (let r = 0; r < rack.powerW.length; r++) {
    const settledJ = rack.powerW[r] * p.rackTauS;
    const nextJ = settledJ + (rack.storedJ[r] - settledJ) * keep;
    rack.heatW[r] = rack.powerW[r] + (rack.storedJ[r] - nextJ) / STEP_S;
    rack.storedJ[r] = nextJ;
  }
}

const flowOf = ({ host }: State, rack: number) => {
  let flow = 0;
  for (let at = 0; at < HOSTS_PER_RACK; at++)
    flow += host.airflowM3PerS[rack * HOSTS_PER_RACK + at];
  return flow;
};

/** Share of the first CRAH in the air of a rack; the units stand at the ends of the row. */
const firstShare = (rack: number, racks: number) => 1 - (rack + 0.5) / racks;

function stepCrahs(state: State): void {
  const { crah, rack, p, layout, nowS } = state;
  const lag = lagRatio(p.crahTauS);
  const dayK = p.crahDayK * Math.cos(((nowS / DAY_S) * 24 - 15) * (Math.PI / 12));
  for (let at = 0; at < CRAHS; at++) {
    let heatW = 0;
    let flow = 0;
    for (let r = 0; r < layout.racks; r++) {
      const first = firstShare(r, layout.racks);
      const share = at === 0 ? first : 1 - first;
      heatW += share * rack.heatW[r];
      flow += share * flowOf(state, r);
    }
    const load = heatW / p.crahRatedW;
    const waveK = p.crahWaveK * Math.sin((2 * Math.PI * nowS) / p.crahWaveS + crah.phaseRad[at]);
    const target = p.crahSetpointC + p.crahDroopK * load * load + waveK + dayK;
    crah.supplyTempC[at] += (target - crah.supplyTempC[at]) * lag;
    crah.returnTempC[at] = crah.supplyTempC[at] + heatW / (p.airHeatJPerM3K * flow);
  }
}

/** Inlet = what is left of the supply air, and the shares of every rack's exhaust. */
function mixInlets(state: State): void {
  const { rack, crah, p, layout } = state;
  const { racks } = layout;
  const lag = lagRatio(p.aisleTauS);
  for (let r = 0; r < racks; r++) {
    const riseK = rack.heatW[r] / (p.airHeatJPerM3K * flowOf(state, r));
    rack.exhaustTempC[r] = rack.inletTempC[r] + riseK;
  }
  for (let r = 0; r < racks; r++) {
    const first = firstShare(r, racks);
    const supplyC = first * crah.supplyTempC[0] + (1 - first) * crah.supplyTempC[1];
    let target = supplyC;
    for (let s = 0; s < racks; s++) {
      target += rack.recirculation[r * racks + s] * (rack.exhaustTempC[s] - supplyC);
    }
    rack.inletTempC[r] += (target - rack.inletTempC[r]) * lag;
  }
}

/** Intake and exhaust of each host, and what the slow sensors of its BMC make of them. */
function stepHostAir(state: State): void {
  const { host, rack, p, layout } = state;
  const slow = lagRatio(p.inletTauS);
  const power = lagRatio(p.bmcTauS);
  for (let h = 0; h < layout.hosts; h++) {
    const r = Math.floor(h / HOSTS_PER_RACK);
    const inletC = rack.inletTempC[r] + host.inletOffsetK[h];
    host.inletTempC[h] = inletC;
    host.exhaustTempC[h] = inletC + host.powerW[h] / (p.airHeatJPerM3K * host.airflowM3PerS[h]);
    host.sensedInletC[h] += (inletC - host.sensedInletC[h]) * slow;
    host.sensedExhaustC[h] += (host.exhaustTempC[h] - host.sensedExhaustC[h]) * slow;
    host.sensedPowerW[h] += (host.powerW[h] - host.sensedPowerW[h]) * power;
  }
}
