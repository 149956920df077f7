/** Asks a model beside the thread that serves: some simulate for a tenth of a second. */
import { parentPort } from 'node:worker_threads';
import { askModel, type ModelSaid } from '../../twin/index.ts';

export interface ModelQuestion {
  readonly kind: string;
  readonly input: Readonly<Record<string, unknown>>;
}

parentPort?.on('message', ({ kind, input }: ModelQuestion) => {
  parentPort?.postMessage(askModel(kind, input) satisfies ModelSaid);
});
