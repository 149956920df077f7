/** A Redfish source against a served tree, with what it delivered. */
import type { BmcSource } from '../../server/ingest/bmc/bmc-source.ts';
import { type BmcSchedule, createBmcSchedule } from '../../server/ingest/bmc/schedule.ts';
import type { RedfishSourceInput } from '../../server/ingest/redfish/config.ts';
import { createRedfishSource } from '../../server/ingest/redfish/source.ts';
import { type RecordingPort, recordingPort, testContext } from './recording-port.ts';
import {
  startRedfishTree,
  type TreeServer,
  type TreeServerOptions,
} from './redfish-tree-server.ts';

export const USER = { name: 'reader', password: 'secret' };

export interface RedfishRun {
  readonly server: TreeServer;
  readonly source: BmcSource;
  readonly port: RecordingPort;
  readonly schedule: BmcSchedule;
  /** Stops source and server. */
  end(): Promise<void>;
}

/** Starts the server and the source, whose configuration may be changed. */
export async function runRedfish(
  options: TreeServerOptions,
  config: Partial<RedfishSourceInput> = {},
): Promise<RedfishRun> {
  const server = await startRedfishTree({ user: USER, ...options });
  const port = recordingPort();
  const schedule = createBmcSchedule();
  const source = createRedfishSource(
    {
      ...{ id: 'bmc-1', kind: 'redfish', url: server.url, host: 'host-1' },
      ...{ username: USER.name, password: USER.password },
      ...config,
    },
    testContext(port),
    schedule,
  );
  source.start();
  const end = async () => {
    await source.stop();
    await server.stop();
  };
  return { server, source, port, schedule, end };
}

/** Polls that are over. */
export const pollsOf = (run: RedfishRun): number => {
  const status = run.schedule.status(run.source.id);
  return status ? status.polls - (status.polling ? 1 : 0) : 0;
};
