/** `whatif -f FILE`: asks the live model, or an inventory without one, what would be. */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { Run } from '../cli.ts';
import { type ClientOptions, call, withClientOptions } from './client.ts';
import { printJson, UserError } from './output.ts';

interface Flags extends ClientOptions {
  readonly file: string;
  readonly json?: boolean;
  readonly base: string;
}

export function whatifCommand(program: Command, go: (run: Run) => Promise<void>) {
  withClientOptions(program.command('whatif'))
    .description('try a placement, a drain or a failure; also plain Kubernetes manifests')
    .requiredOption('-f, --file <file>', 'kind: WhatIf, or a Kubernetes Job or Pod; - is stdin')
    .option('--base <base>', 'what to ask: the live model', 'live')
    .option('--json', 'print JSON')
    .action((flags: Flags) => go(() => runWhatif(flags)));
}

interface Answer {
  readonly fits: boolean;
  readonly summary?: string;
}

async function runWhatif(flags: Flags): Promise<number> {
  if (flags.base !== 'live') {
    throw new UserError(`--base ${flags.base}: this version answers from the live model only`);
  }
  let text: string;
  try {
    text = readFileSync(flags.file === '-' ? 0 : flags.file, 'utf8');
  } catch {
    throw new UserError(`${flags.file}: cannot be read`);
  }
  const answer = await call<Answer>(flags, '/api/v1/whatif', { text, type: 'application/yaml' });
  if (flags.json) printJson(answer);
  else printAnswer(answer);
  return answer.fits ? 0 : 1;
}

function printAnswer(answer: Answer) {
  printJson(answer);
}
