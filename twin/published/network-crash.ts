/** Published results on how often the network stops jobs. */
import { z } from 'zod';
import { networkStopsPerMonth } from '../physics/network/link-failure.ts';
import { NETWORK } from '../tables/physics/network.ts';
import { publishedModel } from './model.ts';

const input = z.object({
  nicTorLinks: z.int().min(0),
  torSwitches: z.int().min(0),
  linkFailPerMonth: z.number().min(0).default(NETWORK.nicTorLinkFailPerMonth.value),
  torFailPerMonth: z.number().min(0).default(NETWORK.torFailPerMonth.value),
  dualTor: z.boolean(),
});

export const networkCrashPaper = publishedModel('network_crash', input, asked => ({
  crashesPerMonth: networkStopsPerMonth(asked),
}));
