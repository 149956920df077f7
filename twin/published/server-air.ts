/** Heat and air of a server, and whether its sheet agrees with itself. */
import { z } from 'zod';
import { airRiseK, btuPerH, m3PerSOfCfm } from '../physics/thermal/air.ts';
import { SHEET_TOLERANCE_RATIO } from '../tables/physics/thermal.ts';
import { type PublishedAnswer, publishedModel } from './model.ts';

const input = z.object({
  maxPowerW: z.number().positive(),
  airflowCfm: z.number().positive(),
  airTempC: z.number().min(-40).max(100),
  printedHeatBtuPerH: z.number().positive().optional(),
});

export const serverAirPaper = publishedModel('server_air', input, (asked): PublishedAnswer => {
  const heatBtuPerH = btuPerH(asked.maxPowerW);
  const deltaTK = airRiseK(asked.maxPowerW, m3PerSOfCfm(asked.airflowCfm), asked.airTempC);
  // What is not printed contradicts nothing.
  const { printedHeatBtuPerH = heatBtuPerH } = asked;
  const offRatio = Math.abs(printedHeatBtuPerH / heatBtuPerH - 1);
  return { heatBtuPerH, deltaTK, specMismatch: offRatio > SHEET_TOLERANCE_RATIO.value };
});
