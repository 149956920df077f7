/** What the HTTP surface, the live channel and the command line work on: the running service. */
import type { Logger } from 'pino';
import type { AlertBook } from './alerts/book.ts';
import type { Config } from './config.ts';
import type { Forecasts } from './forecasts.ts';
import type { History } from './history/contract.ts';
import type { LiveIngest } from './ingest/live-ingest.ts';
import type { LiveTwin } from './live-twin.ts';
import type { Authenticate } from './security/access.ts';

export interface Service {
  readonly version: string;
  readonly config: Config;
  readonly log: Logger;
  readonly live: LiveTwin;
  readonly ingest: LiveIngest;
  readonly alerts: AlertBook;
  readonly history: History;
  readonly forecasts: Forecasts;
  readonly authenticate: Authenticate;
  /** What still has to happen before answers are meaningful; undefined when ready. */
  notReady(): string | undefined;
  /** The `/metrics` page: of the service itself and of the twin. */
  metrics(accept: string): Promise<{ contentType: string; text: string }>;
}
