/** Texts made to be slow to look at: reading them takes about as long as they are, whatever is in them. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { matchSensor, partNumber, plainName } from '../../server/ingest/bmc/sensor-match.ts';
import {
  parseDcmiPower,
  parseFields,
  parseSdr,
  parseSel,
  parseTime,
} from '../../server/ingest/ipmi/parse.ts';
import { linksOf, resourceType } from '../../server/ingest/redfish/discover.ts';
import { ordinalOf } from '../../server/ingest/redfish/interpret.ts';
import { canonical, linkOf, parseBody, typeOf } from '../../server/ingest/redfish/json.ts';

const LENGTH = 100_000;
/** A pattern that takes the square of the length needs ten seconds and more for it. */
const MAX_MS = 2000;

/** Pieces of which long runs are made: what patterns begin with, or stop at. */
const PIECES = [
  ...[
    '#',
    '/',
    ' ',
    '_',
    '1',
    'a',
    '\n',
    '\t',
    '-',
    '.',
    'gpu ',
    'fan',
    'out',
    'total ',
    '1-',
    ' 1',
  ],
  ...[
    '"',
    '\\"',
    '\u00e9',
    '[',
    '{"a":',
    '0x',
    'power supply ',
    'non-',
    '/systems/',
    ':',
    ' : ',
    '|',
  ],
];

const READERS: Readonly<Record<string, (run: string) => unknown>> = {
  link: run => linkOf({ '@odata.id': `${run}\n` }),
  links: run => linksOf('Chassis', { Power: { '@odata.id': run } }, undefined),
  path: run => [`${run}x`, `${run}\nx`].map(canonical),
  type: run => typeOf({ '@odata.type': `${run}!` }),
  'type by path': run => resourceType(`${run}/x/`, {}),
  body: run => [`{"a":"${run}`, run].map(text => parseBody(Buffer.from(text))),
  name: plainName,
  part: run => (['gpu', 'psu', 'fan'] as const).map(kind => partNumber(kind, run)),
  ordinal: run => ordinalOf('psu', { Id: `${run}x` }),
  sensor: run =>
    (['temperature', 'power', 'fanSpeed', 'voltage', 'current', 'percent'] as const).map(quantity =>
      matchSensor({ name: run, quantity }),
    ),
  sdr: run => parseSdr(`${run}|a|${run}|b|1 ${run}!`),
  fields: parseFields,
  dcmi: run => parseDcmiPower(`power reading state is: activated\n${run}`),
  sel: run => parseSel(`1|a|b|${run}|${run}`),
  time: parseTime,
};

for (const [name, read] of Object.entries(READERS)) {
  test(`long runs of anything: ${name}`, () => {
    for (const piece of PIECES) {
      const run = piece.repeat(Math.ceil(LENGTH / piece.length));
      const startedMs = performance.now();
      read(run);
      const tookMs = performance.now() - startedMs;
      assert.ok(tookMs < MAX_MS, `a run of ${JSON.stringify(piece)} took ${Math.round(tookMs)} ms`);
    }
  });
}
