/**
 * docs/configuration.md lists every field of the configuration, as the schema describes it. To write
 * it anew: ORRERY_REWRITE=1 node --test test/golden/configuration.test.ts
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import test from 'node:test';
import { z } from 'zod';
import { configSchema } from '../../server/config.ts';

const PAGE = new URL('../../docs/configuration.md', import.meta.url);

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly string[];
  readonly const?: unknown;
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
}

interface Field {
  readonly path: string;
  readonly schema: Schema;
  readonly isNeeded: boolean;
}

/** Objects are walked into; what has a value of its own is a field. */
function fieldsOf(schema: Schema, path = '', isNeeded = false): Field[] {
  const inner = schema.items?.properties ? schema.items : schema;
  if (!inner.properties) return [{ path, schema, isNeeded }];
  const below = inner === schema ? path : `${path}[]`;
  return Object.entries(inner.properties).flatMap(([name, each]) =>
    fieldsOf(each, below === '' ? name : `${below}.${name}`, inner.required?.includes(name)),
  );
}

const isGiven = ({ schema }: Field) => schema.const !== undefined;

function defaultText({ schema, isNeeded }: Field): string {
  if (isNeeded) return 'needed';
  if (schema.default === undefined) return '';
  const text = JSON.stringify(schema.default);
  return text.length > 60 ? 'all' : `\`${text}\``;
}

function rowOf(field: Field): string {
  const { description = '', enum: choices = field.schema.items?.enum } = field.schema;
  const isLong = (choices?.length ?? 0) > 8;
  const said = choices && !isLong ? `${choices.map(each => `\`${each}\``).join(', ')}. ` : '';
  return `| \`${field.path}\` | ${(said + description).replaceAll('|', '\\|')} | ${defaultText(field)} |`;
}

const tableOf = (fields: readonly Field[]) =>
  ['| field | what | unless given |', '|---|---|---|', ...fields.map(rowOf)].join('\n');

function sectionsOf(root: Schema): [title: string, fields: Field[]][] {
  const sections: [string, Field[]][] = [];
  const plain: Field[] = [];
  for (const [name, schema] of Object.entries(root.properties ?? {})) {
    const variants = schema.items?.oneOf;
    if (variants) {
      for (const variant of variants) {
        const kind = String(variant.properties?.kind?.const);
        sections.push([`${name}: kind ${kind}`, fieldsOf(variant)]);
      }
    } else if (schema.properties ?? schema.items?.properties) {
      const isList = schema.items?.properties !== undefined;
      const each = isList ? (schema.items as Schema) : schema;
      sections.push([isList ? `${name}: a list` : name, fieldsOf(each)]);
    } else plain.push(...fieldsOf(schema, name));
  }
  return [['At the top', plain], ...sections];
}

/** A schema with an id stands under its id. */
const { $defs } = z.toJSONSchema(configSchema, { io: 'input' });
const SECTIONS = sectionsOf($defs?.Config as Schema);

function page(): string {
  const head = [
    '# The configuration, field by field',
    '',
    'A document of `apiVersion: orrery/v1` and `kind: Config`; an example is in',
    '[operations](operations.md#the-configuration). `npx orrery check FILE` names line and field of what is',
    'wrong. Names end in their unit. This page is made from the schema that validates the document, and a',
    'test tells when it is behind.',
  ];
  const sections = SECTIONS.map(([title, fields]) => {
    const shown = fields.filter(field => !isGiven(field));
    return `## ${title}\n\n${tableOf(shown)}`;
  });
  return `${[head.join('\n'), ...sections].join('\n\n')}\n`;
}

test('every field of the configuration is described', () => {
  const all = SECTIONS.flatMap(([title, fields]) => fields.map(field => ({ title, field })));
  assert.ok(all.length > 100, `${all.length} fields`);
  const silent = all.filter(({ field }) => !isGiven(field) && !field.schema.description);
  assert.deepEqual(
    silent.map(({ title, field }) => `${title}: ${field.path}`),
    [],
  );
});

test('docs/configuration.md is what the schema says', () => {
  if (process.env.ORRERY_REWRITE) writeFileSync(PAGE, page());
  assert.equal(readFileSync(PAGE, 'utf8'), page());
});
