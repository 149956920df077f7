/** Bounds within which readings may explain a site at rest; what lies beyond is a sensor at fault. */
import type { Figures } from '../catalogue.ts';
import { chosen } from '../classes/figure.ts';

export const ANCHOR = {
  /** Part of a GPU's maximum that shows its resistance, and the one to ask at where it draws less. */
  tellingRatio: chosen(0.4, 'Orrery: a rise of 15 K and more, on which a kelvin is 7 %'),
  askedRatio: chosen(0.7, 'Orrery: where GPUs at work mostly are'),
  /** Of what the class says, as part and multiple of it. */
  resistanceLeastRatio: chosen(0.4, 'Orrery: no sink is that much better than its class'),
  resistanceMostRatio: chosen(2.5, 'Orrery: a sink that is loose or full of dust'),
  restLeastRatio: chosen(0.3, 'Orrery: processors at rest, half of the drives and DIMMs'),
  restMostRatio: chosen(2, 'Orrery: the class is half-way between idle and maximum'),
  /** Difference of inlet and supply that own exhaust may explain; the rest is the probe. */
  recirculationMax: chosen(0.5, 'Orrery: half of what a rack breathes'),
  inletOffsetMaxK: chosen(10, 'Orrery: beyond it a probe is at fault'),
  /** Of a host's own probe over the air of its rack. */
  hostOffsetMaxK: chosen(5, 'Orrery: top of a rack over its bottom'),
  psuRounds: chosen(4, 'Orrery: output from input, each round ten times nearer'),
  probeSteps: chosen(3, 'Orrery: GPUs follow the air of their probes in as many minutes'),
} as const satisfies Figures;
