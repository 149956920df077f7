/** Published results of all-reduce among GPUs. */
import { z } from 'zod';
import { collectiveTime } from '../physics/network/collective.ts';
import { asIslands, usualNetwork } from '../physics/network/group.ts';
import { collectiveRowOf } from '../tables/physics/collective-rows.ts';
import { knownGpu } from './known-gpu.ts';
import { type Idle, publishedModel } from './model.ts';

const BYTES_PER_GBIT = 1.25e8;
/** Found against nccl-tests of 2 x 8 H200 and 4 x 8 A100. */
const SHORT_NOTE = 'short operations over several hosts were measured up to 40 % longer than this';
const count = z.int().min(1);

const input = z.object({
  gpu: z.string(),
  gpusPerNode: count.max(1024),
  nodes: count.max(100_000),
  /** In capitals where it is copied from NCCL's variables. */
  algo: z
    .string()
    .transform(algo => algo.toLowerCase())
    .pipe(z.enum(['auto', 'ring', 'tree', 'nvls'])),
  /** Reduction in the NVSwitches may be used. */
  sharp: z.boolean().optional(),
  nicsPerNode: count.optional(),
  nicGbps: z.number().positive().optional(),
  payloadMiB: z.number().positive(),
});

export const allreducePaper = publishedModel(
  'allreduce',
  input,
  asked => {
    const { id } = knownGpu(asked.gpu);
    const row = collectiveRowOf(id);
    if (!row)
      throw new RangeError(`gpu '${asked.gpu}': nothing is known of collectives among ${id}`);
    const usual = usualNetwork(row, asked.gpusPerNode);
    const { nicsPerNode = usual.nics, nicGbps } = asked;
    const { hostsPerIsland, ...islands } = asIslands(row, asked.gpusPerNode, asked.nodes);
    const nicBytesPerS = nicGbps === undefined ? usual.nicBytesPerS : nicGbps * BYTES_PER_GBIT;
    const time = collectiveTime(
      {
        operation: 'allReduce',
        bytes: asked.payloadMiB * 2 ** 20,
        algorithm: asked.algo,
        ...(asked.sharp === undefined ? {} : { inSwitch: asked.sharp }),
      },
      {
        row,
        ...islands,
        network: { nics: nicsPerNode * hostsPerIsland, nicBytesPerS },
      },
    );
    return {
      busbwGBps: time.busBytesPerS / 1e9,
      algbwGBps: time.algBytesPerS / 1e9,
      timeMs: time.timeS * 1e3,
      algorithm: time.algorithm,
      protocol: time.protocol,
      bound: time.bound,
      ...(islands.hosts > 1 && time.bound === 'latency' ? { note: SHORT_NOTE } : {}),
    };
  },
  idleOf,
);

/** NICs carry what leaves an island of NVLink; switches reduce where the algorithm lets them. */
function idleOf({ gpu, gpusPerNode, nodes, algo }: z.output<typeof input>): Idle {
  const row = collectiveRowOf(knownGpu(gpu).id);
  const isOne = row !== undefined && asIslands(row, gpusPerNode, nodes).hosts === 1;
  const why = isOne && 'has no effect: all GPUs are on one NVLink';
  const inSwitch = (algo === 'ring' || algo === 'tree') && `has no effect on algo ${algo}`;
  return { nicsPerNode: why, nicGbps: why, sharp: inSwitch };
}
