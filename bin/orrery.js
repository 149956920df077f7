#!/usr/bin/env node
// Plain JavaScript that any Node can read: says what is wrong under an older one.
import { existsSync } from 'node:fs';

const WANTED = 24;
const major = Number(process.versions.node.split('.')[0]);
if (major < WANTED) {
  process.stderr.write(
    `orrery needs Node ${WANTED} or newer; this is ${process.version} (${process.execPath}).\n` +
      'The package brings its own: start it with npx orrery, or with an npm script.\n',
  );
  process.exit(2);
}

// A checkout runs its TypeScript as it is; the packed package holds JavaScript.
const built = new URL('../dist/server/cli.js', import.meta.url);
const source = new URL('../server/cli.ts', import.meta.url);
const { main } = await import((existsSync(source) ? source : built).href);
await main(process.argv);
