/** Class and fabric of an entity, as the outside sees them. */
import { z } from 'zod';
import type { Topology } from '../../../twin/index.ts';

const figure = z.object({
  value: z.number(),
  mark: z
    .enum(['S', 'M', 'C', 'D'])
    .describe('Seen in a public text, from memory, computed, or a design choice.'),
  source: z.string(),
});

/** A row of the hardware catalogue. */
export const classFacts = z.object({
  id: z.string(),
  kind: z.string(),
  title: z.string(),
  figures: z.record(z.string(), figure),
  components: z
    .array(z.object({ kind: z.string(), class: z.string().optional(), count: z.int() }))
    .optional(),
  traits: z.record(z.string(), z.string()).optional(),
  limits: z.record(z.string(), z.number()).optional(),
});

export const fabric = z.object({
  vertices: z.array(z.object({ id: z.string(), kind: z.string(), index: z.int() })),
  edges: z.array(
    z.object({
      a: z.int().describe('Position in `vertices`.'),
      b: z.int(),
      type: z.enum(['nvlink', 'nvswitch', 'pcie', 'numa']),
      bytesPerS: z.number().describe('Per direction.'),
      measured: z.boolean(),
    }),
  ),
  numaDistance: z.array(z.array(z.number())).describe('As the firmware gives it: 10 is local.'),
  islands: z.array(z.array(z.string())).describe('GPUs that reach each other over NVLink.'),
});

/** @returns the `fabric` of a host, empty where its class tells nothing. */
export function fabricOf(topology: Topology, host: number) {
  const { vertices, edges, numaDistance } = topology.fabric.hostFabric(host);
  return {
    vertices: vertices.map(({ id, kind, entity }) => ({ id, kind, index: entity })),
    edges,
    numaDistance,
    islands: topology.fabric.islands(host).map(island => island.map(gpu => topology.ids[gpu])),
  };
}
