/**
 * The plant as a process of its own:
 *   node scenarios/plant/main.ts [--site FILE|-] [--port N] [--seed N] [--speed X] [--start-ms MS]
 *                                [--redfish N] [--no-faults]
 * Without --site a small site of its own. Prints one JSON line {port, url, targets, bmcs, faults}
 * when ready; stops on SIGTERM or SIGINT, or when a parent with an IPC channel is gone.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type PlantOptions, startPlant } from './plant.ts';
import { type PlantSite, smallSite } from './site.ts';

const { values } = parseArgs({
  options: {
    ...{ site: { type: 'string' }, port: { type: 'string' }, seed: { type: 'string' } },
    ...{ speed: { type: 'string' }, 'start-ms': { type: 'string' }, redfish: { type: 'string' } },
    'no-faults': { type: 'boolean' },
  },
});

function number(flag: 'port' | 'seed' | 'speed' | 'start-ms' | 'redfish'): number | undefined {
  const text = values[flag];
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isFinite(value)) throw new RangeError(`--${flag}: '${text}' is not a number`);
  return value;
}

function readSite(path: string | undefined): PlantSite {
  if (path === undefined) return smallSite();
  const text = readFileSync(path === '-' ? 0 : path, 'utf8');
  return JSON.parse(text) as PlantSite;
}

async function main(): Promise<void> {
  const options: PlantOptions = {
    ...{ port: number('port'), seed: number('seed'), speed: number('speed') },
    ...{ startMs: number('start-ms'), redfishHosts: number('redfish') },
    ...(values['no-faults'] ? { faults: [] } : {}),
  };
  const plant = await startPlant(readSite(values.site), options);
  const { port, url, targets, bmcs } = plant;
  process.stdout.write(
    `${JSON.stringify({ port, url, targets, bmcs, faults: plant.describe() })}\n`,
  );
  const stop = () => plant.stop().then(() => process.exit(0));
  process.once('SIGTERM', stop);
  // A terminal's Ctrl-C reaches the plant as well as who started it, who first gives sessions back.
  process.on('SIGINT', () => process.connected || stop());
  // Whoever started it is gone, however that came about.
  process.once('disconnect', stop);
}

main().catch(error => {
  process.stderr.write(`plant: ${error instanceof Error ? error.message : error}\n`);
  process.exit(2);
});
