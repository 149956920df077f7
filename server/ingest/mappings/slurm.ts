/** Slurm: the endpoints of slurmctld since 25.11, and the older third-party exporters. */
import type { Mapping } from '../mapping.ts';
import { rowsOf } from './rows.ts';

const onNode = rowsOf('podHost');

const onSite = rowsOf('site', { combine: 'sum' });

const CLOSED = /drain|down|fail|maint|reboot|power|unk|noresp/i;
const OPEN = /^(?!.*(drain|down|fail|maint|reboot|power|unk|noresp))./i;

export const slurm: Mapping = {
  id: 'slurm',
  title: 'Slurm (slurmctld 25.11; prometheus-slurm-exporter)',
  checkedAgainst: 'a list of the metrics of slurmctld 25.11; names of prometheus-slurm-exporter',
  rows: [
    onNode(['slurm_node_gpus', 'slurm_node_gpus_total'], 'gpusAllocatableCount', {
      combine: 'sum',
    }),
    onNode(['slurm_node_gpus_alloc', 'slurm_node_gpus_allocated'], 'gpusAllocatedCount', {
      combine: 'sum',
    }),
    // The older exporters say a node's state in a label of its CPU counts.
    onNode(['slurm_node_cpu_total'], 'schedulableFlag', {
      ...{ where: { status: OPEN }, values: { else: 1 } },
    }),
    onNode(['slurm_node_cpu_total'], 'schedulableFlag', {
      ...{ where: { status: CLOSED }, values: { else: 0 } },
    }),
    onSite(['slurm_jobs_running', 'slurm_queue_running'], 'jobsRunningCount'),
    onSite(['slurm_jobs_pending', 'slurm_queue_pending'], 'jobsPendingCount'),
  ],
  ignore: [/^slurm_/],
};
