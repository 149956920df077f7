/** Time from the loss of all cooling to the shutdown of hosts, after a case that was measured. */
import { z } from 'zod';
import { fitRoom, timeToRiseS } from '../physics/thermal/cooling-loss.ts';
import { publishedModel } from './model.ts';

const W_PER_KW = 1000;

const input = z
  .object({
    rackKw: z.number().positive(),
    supplyC: z.number(),
    shutdownInletC: z.number(),
    /** The same supply and shutdown, at another power. */
    calibrate: z.object({ rackKw: z.number().positive(), timeS: z.number().positive() }),
  })
  .refine(asked => asked.shutdownInletC > asked.supplyC, {
    path: ['shutdownInletC'],
    message: 'must be above supplyC: hosts that are off at the start have no time left',
  });

export const rideThroughPaper = publishedModel('ride_through', input, asked => {
  const riseK = asked.shutdownInletC - asked.supplyC;
  const { rackKw, timeS } = asked.calibrate;
  const room = fitRoom({ powerW: rackKw * W_PER_KW, riseK, timeS });
  return {
    timeToShutdownS: timeToRiseS(room, asked.rackKw * W_PER_KW, riseK),
    airJPerK: room.airJPerK,
    solidsJPerK: room.solidsJPerK,
  };
});
