/** What people read when a document or a query is wrong: the field, and what to do. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { z } from 'zod';
import { parseConfig } from '../../server/config.ts';
import { complaintsOf, complaintText, parseText } from '../../server/document.ts';
import { problemsIn } from '../../twin/index.ts';

/** Complaints about a configuration, as `field: message`. */
function complaints(yaml: string): string[] {
  const read = parseText(`apiVersion: orrery/v1\nkind: Config\n${yaml}`, 'f');
  assert.ok(read.ok);
  const parsed = parseConfig(read.source.value);
  assert.ok(!parsed.ok);
  return complaintsOf(read.source, parsed.problems).map(complaintText);
}

test('a wrong configuration: line, field, and what is needed there', () => {
  const cases: readonly [yaml: string, text: RegExp][] = [
    ['http: { prot: 1 }', /^f:3: http\.prot: not a field of this; there are host, port, /],
    ['http: { port: ten }', /http\.port: a number is needed, not a string$/],
    ['http: { port: 99999 }', /http\.port: at most 65535$/],
    ['alertmanger: {}', /^f:3: alertmanger: not a field of this; .*alertmanager/],
    ['alertmanager: {}', /alertmanager\.urls: missing: an array is needed$/],
    ['alertmanager: { urls: [] }', /alertmanager\.urls: at least 1 entry$/],
    ['sources: [{ id: a, kind: scrap }]', /kind: one of these is needed: 'scrape', 'prometheus'/],
    ["sources: [{ id: a, kind: scrape, url: 'h:1' }]", /url: an address is needed, such as http:/],
    ['sources: [{ id: a, kind: scrape, uri: x }]', /uri: not a field of this; .*\burl\b/],
    ['metrics: { maxSeries: .nan }', /metrics\.maxSeries: a number is needed, not NaN$/],
    ['http: { tokens: [{ name: a, role: root }] }', /role: one of these is needed: viewer, op/],
  ];
  for (const [yaml, text] of cases) {
    const said = complaints(yaml);
    assert.ok(
      said.some(each => text.test(each)),
      `${yaml}: ${said.join(' | ')}`,
    );
  }
});

test('words for each kind of complaint; those of a schema itself stay', () => {
  const said = (schema: z.ZodType, value: unknown) => {
    const { error } = schema.safeParse(value);
    assert.ok(error);
    return problemsIn(schema, error).map(({ message }) => message);
  };
  assert.deepEqual(said(z.string().min(2), 'x'), ['at least 2 characters']);
  assert.deepEqual(said(z.iso.datetime(), 'x'), [
    'an RFC 3339 time is needed, such as 2026-01-31T12:00:00Z',
  ]);
  assert.deepEqual(said(z.literal('A'), 'x'), ["'A' is needed"]);
  assert.deepEqual(said(z.number({ error: 'own words' }), 'x'), ['own words']);
  assert.deepEqual(said(z.number(), null), ['a number is needed, not nothing']);
  assert.deepEqual(said(z.object({ a: z.any().nonoptional() }), {}), ['missing']);
  const many = Object.fromEntries(
    Array.from({ length: 30 }, (_, i) => [`field${i}`, z.string().optional()]),
  );
  assert.deepEqual(said(z.strictObject({ inlet: z.string().optional(), ...many }), { inlt: 1 }), [
    "not a field of this; did you mean 'inlet'?",
  ]);
});

test('of several forms the complaint is about the one that was meant', () => {
  const said = (value: unknown) => {
    const form = z.union([
      z.strictObject({ cap: z.strictObject({ gpuW: z.number().min(50) }) }),
      z.strictObject({ drain: z.strictObject({ host: z.string() }) }),
    ]);
    const schema = z.object({ changes: z.array(form) });
    const { error } = schema.safeParse({ changes: [value] });
    assert.ok(error);
    return problemsIn(schema, error).map(({ path, message }) => `${path.join('.')}: ${message}`);
  };
  assert.deepEqual(said({ cap: { gpuW: 5 } }), ['changes.0.cap.gpuW: at least 50']);
  assert.deepEqual(said({ drain: {} }), ['changes.0.drain.host: missing: a string is needed']);
  assert.deepEqual(said({ dran: {} }), ['changes.0: give one of cap, drain']);
  const either = z.union([z.string(), z.array(z.string())]);
  const { error } = either.safeParse(3);
  assert.ok(error);
  assert.deepEqual(
    problemsIn(either, error).map(({ message }) => message),
    ['a string is needed, not a number, or an array is needed, not a number'],
  );
});

test('an alias without its anchor, and one that unfolds without end, are complaints', () => {
  const lost = parseText('a: 1\nb:\n  c: *nowhere\n', 'f');
  assert.ok(!lost.ok);
  assert.equal(complaintText(lost.complaints[0]).split(' (')[0], 'f:3: Unresolved alias');
  const rows = Array.from(
    { length: 9 },
    (_, i) => `k${i + 1}: &a${i + 1} [${`*a${i},`.repeat(9)}]`,
  );
  const bomb = parseText(`k0: &a0 [x]\n${rows.join('\n')}\n`, 'f');
  assert.ok(!bomb.ok);
  assert.match(bomb.complaints[0].message, /alias/);
});
