/** `model KIND name=value...`: a model asked by itself; without a kind, which there are. */
import type { Command } from 'commander';
import type { z } from 'zod';
import { askModel, publishedModels } from '../../twin/index.ts';
import { fieldName } from '../document.ts';
import { jsonSchemaOf } from '../json-schema.ts';
import { UserError } from '../user-error.ts';
import { printJson, printLine, printTable, shown } from './output.ts';
import type { Go } from './run.ts';

export function modelCommand(program: Command, go: Go) {
  program
    .command('model')
    .argument('[kind]', 'which model; all that there are unless given')
    .argument('[inputs...]', 'name=value; values as in JSON, or plain text')
    .description('a model asked by itself: power, heat, network, hosts, dies, reliability')
    .option('--json', 'print JSON')
    .action((kind: string | undefined, inputs: string[], options: { json?: boolean }) =>
      go(async () => {
        if (kind === undefined) printKinds(options.json === true);
        else printAnswer(kind, inputs, options.json === true);
        return 0;
      }),
    );
}

interface InputSchema {
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly required?: readonly string[];
}

/** Names of what a kind takes; what may be left out has a question mark. */
function inputsOf(input: z.ZodType): string {
  const schema = jsonSchemaOf(input) as InputSchema;
  const needed = new Set(schema.required);
  return Object.keys(schema.properties ?? {})
    .map(name => (needed.has(name) ? name : `${name}?`))
    .join(' ');
}

function printKinds(isJson: boolean) {
  const models = [...publishedModels.values()];
  // as GET /api/v1/models lists them
  if (isJson)
    printJson({ items: models.map(m => ({ kind: m.kind, input: jsonSchemaOf(m.input) })) });
  else {
    printTable(
      ['kind', 'takes'],
      models.map(({ kind, input }) => [kind, inputsOf(input)]),
    );
  }
}

function printAnswer(kind: string, inputs: readonly string[], isJson: boolean) {
  const { answer, reason, note, problems } = askModel(kind, parseInputs(inputs));
  if (!answer) {
    const wrong = problems.map(({ path, message }) => `${fieldName(path)}: ${message}`);
    const model = publishedModels.get(kind);
    const takes = model ? `\n${kind} takes ${inputsOf(model.input)}` : '';
    throw new UserError(`${wrong.length > 0 ? wrong.join('\n') : reason}${takes}`);
  }
  if (isJson) printJson({ ...answer, ...(note ? { note } : {}) });
  else {
    const rows = Object.entries(answer)
      .filter(([name]) => name !== 'note')
      .map(([name, value]) => [name, shown(value, 6)]);
    printTable(['', ''], rows);
  }
  if (note && !isJson) printLine(note);
}

function parseInputs(inputs: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    inputs.map(each => {
      const equals = each.indexOf('=');
      if (equals < 1) throw new UserError(`'${each}' is not of the form name=value`);
      return [each.slice(0, equals), jsonOrText(each.slice(equals + 1))];
    }),
  );
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
