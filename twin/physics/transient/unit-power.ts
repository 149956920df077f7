/** Fans of CRAHs and pumps of CDUs: power by the cube of what they move, and warm what they move. */
import { OVERHEAD } from '../../tables/physics/energy.ts';
import { fanPowerW, speedForFlow } from '../power/fan.ts';
import type { TransientState } from './columns.ts';

const MIN_RATIO = OVERHEAD.minFlowRatio.value;

const powerAt = (maxW: number, flowRatio: number) =>
  flowRatio > 0 ? fanPowerW(maxW, speedForFlow(flowRatio, MIN_RATIO)) : 0;

/** What the air of this step takes to be moved; the coil gets the heat of it. */
export function runFans({ crahs, ledger }: TransientState, dtS: number) {
  const { airflowWPerK, ratedWPerK, fanMaxW, fanW, removedW } = crahs;
  for (let crah = 0; crah < crahs.count; crah++) {
    const rated = ratedWPerK[crah];
    const powerW = rated > 0 ? powerAt(fanMaxW[crah], airflowWPerK[crah] / rated) : 0;
    fanW[crah] = powerW;
    removedW[crah] += powerW;
    ledger.inJ += powerW * dtS;
    ledger.airRemovedJ += powerW * dtS;
  }
}

/** Valves hold the rise of the water, so that its flow goes with the heat. */
export function runPumps({ loops, ledger }: TransientState, dtS: number) {
  const { flowRatio, ratedW, pumpMaxW, pumpW, heatW } = loops;
  for (let loop = 0; loop < loops.count; loop++) {
    const powerW = flowRatio[loop] * powerAt(pumpMaxW[loop], heatW[loop] / ratedW[loop]);
    pumpW[loop] = powerW;
    heatW[loop] += powerW;
    ledger.inJ += powerW * dtS;
  }
}
