/** The predictions of a replay as CSV, so that anybody can count the scores up again. */
import { closeSync, openSync, writeSync } from 'node:fs';
import type { Predicted } from '../../twin/index.ts';
import { UserError } from '../user-error.ts';

interface PredictionsFile {
  /** One line a sample: what was revealed of it and what had been predicted. */
  write(entity: string, window: Predicted): void;
  close(): void;
}

const COLUMNS = ['power', 'predicted', 'lower', 'upper', 'persistence'];
const BUFFER_CHARS = 1 << 20;

/** Begins a file anew. @throws UserError if it cannot be written */
export function openPredictions(file: string): PredictionsFile {
  const handle = doing(file, () => openSync(file, 'w'));
  let text = `time,entity,${COLUMNS.join(',')}\n`;
  const flush = () => {
    doing(file, () => writeSync(handle, text));
    text = '';
  };
  return {
    write(entity, window) {
      const name = quoted(entity);
      for (let i = 0; i < window.count; i++) text += line(name, window, i);
      if (text.length > BUFFER_CHARS) flush();
    },
    close() {
      flush();
      closeSync(handle);
    },
  };
}

function doing<T>(file: string, does: () => T): T {
  try {
    return does();
  } catch (error) {
    throw new UserError(`--predictions ${file}: ${(error as Error).message}`);
  }
}

const quoted = (name: string) => (/[",\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name);

/** Values of a sum are means per entity. */
function line(name: string, window: Predicted, i: number): string {
  const { atMs, sizes, revealed, mixed, lower, upper, persistence } = window;
  const said = Number.isNaN(mixed[i]) ? [] : [mixed, lower, upper, persistence];
  const values = [revealed, ...said].map(column => column[i] * sizes[i]);
  const cells = COLUMNS.map((_, k) => (Number.isFinite(values[k]) ? String(values[k]) : ''));
  return `${new Date(atMs[i]).toISOString()},${name},${cells.join(',')}\n`;
}
