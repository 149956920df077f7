/**
 * `bench ingest`: what remote write and scrapes cost the running service, all threads counted, and
 * what the same requests cost the victoria-metrics of this machine, by turns in one run.
 */
import { createHash } from 'node:crypto';
import { inFolder } from './in-folder.ts';
import { blocksOf } from './ingest-blocks.ts';
import { SAMPLES_A_REQUEST } from './ingest-load.ts';
import {
  type Figures,
  measureScale,
  measureScrapes,
  measureShape,
  measureStrangers,
  outcomesOf,
} from './ingest-measure.ts';
import { hostsOf, PLANS, type Plan, type Scale } from './ingest-plan.ts';
import { startExporters } from './ingest-scrape.ts';
import {
  hasJournal,
  hasVictoria,
  needProc,
  startFloor,
  startOrrery,
  startVictoria,
} from './ingest-servers.ts';
import { calibrate, machine } from './machine.ts';
import { referenceInventory } from './reference-site.ts';
import type { BenchResult, BenchSize } from './result.ts';

export async function benchIngest(size: BenchSize): Promise<BenchResult> {
  needProc();
  const plan = PLANS[size];
  const [smallest] = plan.scales;
  const figures: Figures = {};
  const outcomes: string[] = [];
  for (const scale of plan.scales) {
    const measured = await scaleIn(plan, scale, outcomes);
    for (const [name, figure] of Object.entries(measured)) figures[`${name}${scale.name}`] = figure;
  }
  process.stderr.write('remote write 2.0, strangers, scrapes\n');
  Object.assign(figures, await besideIn(plan, smallest, outcomes));
  Object.assign(figures, await scrapesIn(plan, smallest));
  const victoria = hasVictoria() ? 'by turns' : 'none on the PATH, so there is no ratio';
  return {
    name: 'ingest',
    params: {
      size,
      ...plan,
      ...{ samplesARequest: SAMPLES_A_REQUEST, journal: hasJournal() },
      victoria,
    },
    figures,
    machine: machine(),
    calibration: calibrate(),
    hash: createHash('sha256').update(outcomes.join('\n')).digest('hex'),
  };
}

const inventoryOf = ({ halls, rows }: Scale) => referenceInventory(halls, rows);

const scaleIn = (plan: Plan, scale: Scale, outcomes: string[]): Promise<Figures> =>
  inFolder(async dir => {
    const orrery = await startOrrery({ dir, inventory: inventoryOf(scale) });
    const victoria = hasVictoria() ? await startVictoria(dir) : undefined;
    const floor = await startFloor(dir);
    try {
      const figures = await measureScale(plan, scale, {
        orrery,
        victoria,
        floor,
        settleMs: plan.settleMs,
      });
      outcomes.push(...(await outcomesOf(orrery)));
      return figures;
    } finally {
      await Promise.all([orrery.stop(), victoria?.stop(), floor.stop()]);
    }
  });

/** On a service of its own, since these series would stand beside the others. */
const besideIn = (plan: Plan, scale: Scale, outcomes: string[]): Promise<Figures> =>
  inFolder(async dir => {
    const orrery = await startOrrery({ dir, inventory: inventoryOf(scale) });
    try {
      const rivals = { orrery, victoria: undefined, settleMs: plan.settleMs };
      const blocks = blocksOf('steady', hostsOf(scale), 2);
      const options = { rounds: 1, count: plan.blocks };
      const version2 = await measureShape(rivals, ['steady', blocks], options);
      const strangers = await measureStrangers(rivals, plan.strangers);
      outcomes.push(...(await outcomesOf(orrery)));
      return { writeV2CpuSPerMillion: version2.steadyCpuSPerMillion, ...strangers };
    } finally {
      await orrery.stop();
    }
  });

const scrapesIn = (plan: Plan, scale: Scale): Promise<Figures> =>
  inFolder(async dir => {
    const exporters = await startExporters(hostsOf(scale).slice(0, plan.exporters));
    const config = { sources: exporters.sources };
    const orrery = await startOrrery({ dir, inventory: inventoryOf(scale), config });
    try {
      return await measureScrapes(orrery, exporters, plan);
    } finally {
      await orrery.stop();
      await exporters.stop();
    }
  });
