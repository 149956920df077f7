/**
 * The least that a Node service can do for a request of remote write: read it, write as many bytes as
 * the journal would, sync them, answer. What `bench ingest` measures of it is the part of a figure
 * that no decoder and no model can save. Runs as a process of its own; the file to write to is its
 * argument.
 */
import { constants, openSync, writev } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ROW_BYTES } from '../journal/format.ts';
import { SAMPLES_A_REQUEST } from './ingest-load.ts';

const { O_CREAT, O_WRONLY, O_DSYNC } = constants;
const file = openSync(process.argv[2], O_CREAT | O_WRONLY | O_DSYNC);
const rows = Buffer.alloc(SAMPLES_A_REQUEST * ROW_BYTES, 1);
let waiting: ServerResponse[] = [];
let isCommitting = false;
let end = 0;

/** As the journal does on Linux: one write that syncs for all that came in a turn of the event loop. */
function commit(): void {
  const answered = waiting;
  waiting = [];
  isCommitting = answered.length > 0;
  if (!isCommitting) return;
  const at = end;
  end += answered.length * rows.length;
  writev(file, Array(answered.length).fill(rows), at, error => {
    if (error) throw error;
    for (const response of answered) response.writeHead(204).end();
    setImmediate(commit);
  });
}

const server = createServer((request, response) => {
  request.resume().once('end', () => {
    waiting.push(response);
    if (isCommitting) return;
    isCommitting = true;
    setImmediate(commit);
  });
});

server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.stderr.write(`Floor at http://127.0.0.1:${port}\n`);
});
