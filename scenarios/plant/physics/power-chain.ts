/** From the cords up: PDU inlets, UPS outputs and inputs, energies. */
import { F } from '../figures.ts';
import type { Layout } from '../layout.ts';
import type { State } from '../state.ts';

export function stepPowerChain(layout: Layout, state: State, dtS: number): void {
  const { pdu, ups, psu, rack } = state;
  pdu.powerW.fill(0);
  rack.powerW.fill(0);
  ups.outputW.fill(0);
  for (let at = 0; at < layout.psuCount; at++) pdu.powerW[psu.pdu[at]] += psu.inputW[at];
  for (let at = 0; at < pdu.powerW.length; at++) {
    pdu.lossW[at] = F.pduLossRatio * pdu.powerW[at];
    pdu.powerW[at] += pdu.lossW[at];
    pdu.energyJ[at] += pdu.powerW[at] * dtS;
    rack.powerW[layout.pduRack[at]] += pdu.powerW[at];
    if (layout.pduUps[at] >= 0) ups.outputW[layout.pduUps[at]] += pdu.powerW[at];
    state.energy.inJ += pdu.powerW[at] * dtS;
  }
  for (let at = 0; at < ups.outputW.length; at++) {
    stepUps(state, at, dtS);
    if (ups.onBattery[at] === 1 && ups.chargeRatio[at] === 0) setOutput(layout, state, at, 0);
  }
}

/** Feeds the PDUs of a UPS, or leaves them without. */
export function setOutput(layout: Layout, state: State, ups: number, live: 0 | 1): void {
  layout.pduUps.forEach((of, pdu) => {
    if (of === ups) state.pdu.live[pdu] = live;
  });
}

/** Loss over rated power = a + b x + c x^2, x the load. On battery the input is 0. */
function stepUps(state: State, at: number, dtS: number): void {
  const { ups } = state;
  const load = ups.outputW[at] / ups.ratedW[at];
  const lossRatio = F.upsNoLoadRatio + F.upsLinearRatio * load + F.upsSquareRatio * load * load;
  ups.lossW[at] = lossRatio * ups.ratedW[at];
  ups.inputW[at] = ups.onBattery[at] ? 0 : ups.outputW[at] + ups.lossW[at];
  const used = (load * dtS) / F.batteryRuntimeFullLoadS;
  const change = ups.onBattery[at] ? -used : dtS / 14_400;
  ups.chargeRatio[at] = Math.max(0, Math.min(1, ups.chargeRatio[at] + change));
}
