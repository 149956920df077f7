/** The course of a what-if as outsiders get it: seconds after the change, ids as text. */
import { z } from 'zod';

const number = z.number();

const banded = z
  .object({ value: number, low: number, high: number })
  .describe('What is expected, and a 90 % band around it.');

const time = z
  .object({
    value: number.nullable(),
    low: number.nullable().describe('At the earliest.'),
    high: number.nullable().describe('At the latest.'),
  })
  .describe('Seconds after the change; null: not within the horizon.');

const point = z.object({
  atS: number,
  powerW: banded,
  inletTempC: banded.describe('Hottest inlet.'),
  gpuTempC: banded.nullable().describe('Hottest GPU; null where there are none.'),
  hostsOff: banded.describe('Hosts that are off: by heat, or without power.'),
});

const fate = z.object({
  timeToThrottleS: time.describe('Until the first GPU is slowed down by its temperature.'),
  timeToShutdownS: time.describe(
    'Until the first GPU goes off by its temperature, or a host by that of its inlet or coolant.',
  ),
  hostCount: number,
  gpuCount: number,
  throttledGpus: number.describe('Slowed down within the horizon, and not before the change.'),
  shutDownGpus: number,
  darkGpus: number.describe('Without power, or lost themselves.'),
  lostWorkRatio: number
    .nullable()
    .describe('Of what its GPUs with work would do within the horizon; null: none has work.'),
  lostGpuH: number.describe('The same in GPU hours.'),
});

const place = fate.extend({
  id: z.string(),
  kind: z.enum(['rack', 'hall']),
  hall: z.string().nullable(),
  points: z.array(point),
});

export const courseSchema = fate
  .extend({
    horizonS: number,
    stepS: number.describe('Of the simulation.'),
    halls: z.array(place).describe('Halls with racks that are followed; the others as they are.'),
    racks: z.array(place).describe('Racks that are affected, the first to throttle first.'),
    cooling: z
      .object({ points: z.array(z.object({ atS: number, powerW: number })), energyJ: number })
      .describe(
        'Fans of the CRAHs and pumps of the CDUs of the racks that are followed, and what they use ' +
          'within the horizon; 0 for units of which the class names no power.',
      ),
    affectedRacks: number.describe('Racks whose power or temperatures move, all of them.'),
    unaffected: z
      .object({ racks: number, gpus: number })
      .describe('What goes on as it is, on the whole site.'),
    alreadyThrottling: number.describe('GPUs that throttle now, with nothing changed.'),
    slowdownTempC: number.nullable().describe('At which the first class of GPUs throttles.'),
    events: z
      .array(z.object({ atS: number, what: z.string(), kind: z.string(), entity: z.string() }))
      .describe('What supply does by itself: batteries, generators, breakers, cooling.'),
    moreEvents: number.describe('Events after those, not listed.'),
    bands: z.array(
      z.object({
        signal: z.enum(['powerW', 'inletTempC', 'gpuTempC']),
        from: z.enum(['record', 'parameters']),
        says: z.string(),
      }),
    ),
  })
  .describe('Power and heat after the change, in seconds; times count from the change.');

export type Course = z.infer<typeof courseSchema>;
export type CoursePlace = Course['racks'][number];
export type CourseTime = z.infer<typeof time>;
