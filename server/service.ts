/** What the HTTP surface, the live channel and the command line work on: the running service. */
import type { Logger } from 'pino';
import type { AlertPush } from './alerts/alertmanager.ts';
import type { AlertBook } from './alerts/book.ts';
import type { Config } from './config.ts';
import type { Forecasts } from './forecast/forecasts.ts';
import type { Forwarding } from './forward/forwarding.ts';
import type { InfluxForecasts } from './forward/influx-forecast.ts';
import type { History } from './history/contract.ts';
import type { LiveIngest } from './ingest/live-ingest.ts';
import type { Feeds } from './live/feeds.ts';
import type { LiveTwin } from './live-twin.ts';
import type { RequestMetrics } from './metrics/self.ts';
import type { Overload } from './overload.ts';
import type { DataDir } from './recovery/data-dir.ts';
import type { Inventories } from './recovery/inventories.ts';
import type { Past } from './recovery/past.ts';
import type { Playback } from './recovery/playback.ts';
import type { Authenticate } from './security/access.ts';
import type { OriginCheck } from './security/origin.ts';
import type { Trust } from './trust.ts';

export interface Service {
  readonly version: string;
  readonly startedAtMs: number;
  readonly config: Config;
  readonly log: Logger;
  readonly live: LiveTwin;
  readonly ingest: LiveIngest;
  readonly alerts: AlertBook;
  readonly push: AlertPush | undefined;
  /** Absent when nothing is to outlive the process. */
  readonly dataDir: DataDir | undefined;
  readonly past: Past | undefined;
  /** Which inventory stood when; absent without a durable history. */
  readonly inventories: Inventories | undefined;
  /** Set while a stretch of the past is shown in the place of the present. */
  readonly playback: Playback | undefined;
  readonly history: History;
  readonly forecasts: Forecasts;
  readonly influx: InfluxForecasts | undefined;
  readonly forwarding: Forwarding;
  readonly feeds: Feeds;
  /** Absent in a replay: what was learned is of the present. */
  readonly trust: Trust | undefined;
  readonly overload: Overload;
  readonly requests: RequestMetrics;
  readonly authenticate: Authenticate;
  readonly checkOrigin: OriginCheck;
  /** Logs a request that was refused; not each, where there are many. */
  readonly sayRefused: (line: object) => void;
  /** Connected clients of the live channel. */
  liveClients(): number;
  /** What still has to happen before answers are meaningful; undefined when ready. */
  notReady(): string | undefined;
  /** The `/metrics` page: of the service itself and of the twin. */
  metrics(): Promise<string>;
}
