/** `replay`: a stretch of the past on a live page of its own. */
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { createLog } from '../log.ts';
import { packagePath } from '../package-layout.ts';
import { TooLongAgo } from '../recovery/past-model.ts';
import { createPlayback, type Playback } from '../recovery/playback.ts';
import { serve } from '../serve.ts';
import { UserError } from '../user-error.ts';
import { instant } from './instant.ts';
import { loadConfig } from './load.ts';
import type { Go } from './run.ts';
import { ended, portNumber, positive } from './serve.ts';

interface ReplayFlags {
  readonly dataDir: string;
  readonly config?: string;
  readonly from: string;
  readonly to: string;
  readonly speed: string;
  readonly port: string;
}

export function replayCommand(program: Command, go: Go, version: string) {
  program
    .command('replay')
    .description('play a stretch of the past back into the live page, beside the service or not')
    .requiredOption('--data-dir <dir>', 'of the service; it is only read')
    .requiredOption('--from <time>', 'an RFC 3339 time, or how long ago: 15m, 2h')
    .option('--to <time>', 'where it stops', '0s')
    .option('--speed <x>', 'seconds of the past a second', '10')
    .option('--port <n>', 'port; 0 takes a free one', '9596')
    .option('--config <file>', 'for access and address')
    .action((flags: ReplayFlags) => go(() => runReplay(flags, version)));
}

async function runReplay(flags: ReplayFlags, version: string): Promise<number> {
  const { http, tickS, logLevel, ...rest } = loadConfig(flags.config);
  const playback = playbackOf(flags, createLog(logLevel));
  const pageDir = packagePath('dashboards/live/dist');
  const serving = await serve({
    topology: playback.live.twin.topology,
    config: {
      ...{ ...rest, tickS, logLevel, http: { ...http, port: portNumber(flags.port) } },
      ...{ sources: [], alertmanager: undefined, influx: undefined },
      storage: { ...rest.storage, dir: undefined },
    },
    ...{ clock: playback.clock, version, playback },
    ...(pageDir ? { pageDir } : {}),
  });
  const [from, to] = [playback.fromMs, playback.toMs].map(ms => new Date(ms).toISOString());
  process.stderr.write(
    `Replay of ${from} to ${to}, ${flags.speed} times as fast: ${serving.url}\n`,
  );
  await ended();
  await serving.stop();
  return 0;
}

function playbackOf(flags: ReplayFlags, log: ReturnType<typeof createLog>): Playback {
  const nowMs = Date.now();
  const fromMs = instant('--from', flags.from, nowMs);
  const toMs = instant('--to', flags.to, nowMs);
  if (!(fromMs < toMs)) throw new UserError('--from must be before --to');
  const speed = positive('--speed', flags.speed);
  if (!existsSync(flags.dataDir)) throw new UserError(`--data-dir: ${flags.dataDir} is not there`);
  try {
    return createPlayback({ dataDir: flags.dataDir, fromMs, toMs, speed, log });
  } catch (error) {
    if (error instanceof TooLongAgo) throw new UserError(`--from: ${error.message}`);
    throw error;
  }
}
