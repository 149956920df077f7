/**
 * The plant as a process of its own:
 *   node scenarios/plant/main.ts [--site FILE|-] [--port N] [--seed N] [--speed X] [--start-ms MS]
 *                                [--wall-ms MS] [--redfish N] [--no-faults]
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
    ...{ speed: { type: 'string' }, redfish: { type: 'string' }, 'no-faults': { type: 'boolean' } },
    ...{ 'start-ms': { type: 'string' }, 'wall-ms': { type: 'string' } },
  },
});

type NumberFlag = 'port' | 'seed' | 'speed' | 'start-ms' | 'wall-ms' | 'redfish';

function number(flag: NumberFlag): number | undefined {
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

/** Plant time was --start-ms when the wall's was --wall-ms: whoever says both has the same clock. */
function sharedClock(): Pick<PlantOptions, 'clock'> {
  const [startMs, wallMs, speed = 1] = [number('start-ms'), number('wall-ms'), number('speed')];
  if (startMs === undefined || wallMs === undefined) return {};
  return { clock: () => startMs + (Date.now() - wallMs) * speed };
}

async function main(): Promise<void> {
  const options: PlantOptions = {
    ...{ port: number('port'), seed: number('seed'), speed: number('speed') },
    ...{ startMs: number('start-ms'), redfishHosts: number('redfish') },
    ...(values['no-faults'] ? { faults: [] } : {}),
    ...sharedClock(),
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
