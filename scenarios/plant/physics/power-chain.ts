/** Who has voltage, from the UPS down; who draws what, from the cords up. */
import { F } from '../figures.ts';
import type { Layout } from '../layout.ts';
import type { State } from '../state.ts';

/** A UPS or PDU gives voltage only while nothing takes it off, whichever of those ends first. */
export function feedPdus({ pduUps }: Layout, { ups, pdu }: State): void {
  for (let at = 0; at < ups.hasOutput.length; at++) {
    const isEmpty = ups.onBattery[at] === 1 && ups.chargeRatio[at] === 0;
    ups.hasOutput[at] = ups.failed[at] === 1 || isEmpty ? 0 : 1;
  }
  for (let at = 0; at < pdu.live.length; at++) {
    const isFed = pduUps[at] < 0 || ups.hasOutput[pduUps[at]] === 1;
    pdu.live[at] = isFed && pdu.tripped[at] === 0 ? 1 : 0;
  }
}

/** Whether a supply of the host works and has voltage; without any its BMC is dark as well. */
export function hasSupply({ psuStart }: Layout, { psu, pdu }: State, host: number): boolean {
  for (let at = psuStart[host]; at < psuStart[host + 1]; at++) {
    if (psu.ok[at] === 1 && pdu.live[psu.pdu[at]] === 1) return true;
  }
  return false;
}

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
  for (let at = 0; at < ups.outputW.length; at++) stepUps(state, at, dtS);
}

/**
 * Loss over rated power = a + b x + c x^2, x the load. On battery the input is 0 and the charge
 * carries load and loss; back on the mains the input fills the battery again.
 */
function stepUps({ ups }: State, at: number, dtS: number): void {
  const load = ups.outputW[at] / ups.ratedW[at];
  const lossRatio = F.upsNoLoadRatio + F.upsLinearRatio * load + F.upsSquareRatio * load * load;
  ups.lossW[at] = ups.hasOutput[at] * lossRatio * ups.ratedW[at];
  const before = ups.chargeRatio[at];
  const change = ups.onBattery[at]
    ? (-load * dtS) / F.batteryRuntimeFullLoadS
    : (1 - ups.failed[at]) * (dtS / F.batteryRechargeS);
  ups.chargeRatio[at] = Math.max(0, Math.min(1, before + change));
  const storedJ = (ups.chargeRatio[at] - before) * ups.ratedW[at] * F.batteryRuntimeFullLoadS;
  const drawnW = ups.outputW[at] + ups.lossW[at] + storedJ / dtS;
  ups.inputW[at] = ups.onBattery[at] ? 0 : drawnW;
}
