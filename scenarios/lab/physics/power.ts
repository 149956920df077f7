/** From the supplies up: PSU inputs, PDU inlets, busways. */
import { PSUS_PER_HOST } from '../layout.ts';
import type { State } from '../state.ts';

export function stepPower(state: State): void {
  const { pdu, rack, p, layout, feedPowerW } = state;
  pdu.powerW.set(pdu.torW);
  for (let h = 0; h < layout.hosts; h++) stepSupplies(state, h);
  feedPowerW.fill(0);
  for (let r = 0; r < layout.racks; r++) {
    rack.powerW[r] = 0;
    for (let feed = 0; feed < 2; feed++) {
      const loadW = pdu.powerW[2 * r + feed];
      const inletW = loadW + (p.pduLossRatio * loadW * loadW) / p.pduRatedW;
      pdu.powerW[2 * r + feed] = inletW;
      rack.powerW[r] += inletW;
      feedPowerW[feed] += inletW;
    }
  }
  for (let feed = 0; feed < 2; feed++) {
    const loadW = feedPowerW[feed];
    feedPowerW[feed] = loadW + (p.buswayLossRatio * loadW * loadW) / p.buswayRatedW;
  }
}

/** Loss of a supply over its rating = a + b x + c x^2, x the load; the load is shared. */
function stepSupplies(state: State, host: number): void {
  const { psu, pdu, p } = state;
  const first = host * PSUS_PER_HOST;
  const rack = Math.floor(host / (state.layout.hosts / state.layout.racks));
  let shares = 0;
  for (let at = first; at < first + PSUS_PER_HOST; at++) shares += psu.shareRatio[at];
  const perShareW = state.host.dcPowerW[host] / shares;
  let totalW = 0;
  for (let at = first; at < first + PSUS_PER_HOST; at++) {
    const outputW = perShareW * psu.shareRatio[at];
    const x = outputW / p.psuRatedW;
    const lossW = p.psuRatedW * (p.psuNoLoadRatio + x * (p.psuLinearRatio + x * p.psuSquareRatio));
    psu.inputW[at] = outputW + lossW;
    totalW += outputW + lossW;
    pdu.powerW[2 * rack + ((at - first) & 1)] += outputW + lossW;
  }
  state.host.powerW[host] = totalW;
}
