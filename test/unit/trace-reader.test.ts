import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { gzipSync } from 'node:zlib';
import { DOT, numberIn, timeIn } from '../../server/fidelity/bytes.ts';
import { makeNames, nameIndex } from '../../server/fidelity/names.ts';
import { type ReadTrace, readTrace } from '../../server/fidelity/read-trace.ts';
import { parseTraceMap } from '../../server/fidelity/trace-map.ts';

const dir = mkdtempSync(join(tmpdir(), 'orrery-trace-'));
after(() => rmSync(dir, { recursive: true }));

let files = 0;
async function read(text: string | Buffer, map: string): Promise<ReadTrace> {
  const file = join(dir, `trace-${files++}.csv`);
  writeFileSync(file, text);
  return readTrace(file, parseTraceMap(map));
}

const bytes = (text: string) => new TextEncoder().encode(text);
const number = (text: string, point = DOT) => numberIn(bytes(text), 0, bytes(text).length, point);

test('numbers are read as a parser reads them, or not at all', () => {
  for (const text of ['0', '12.5', '-3', '+4.25', '.5', '7.', '1e3', '-2.5E-2', '0.1', '73.3075']) {
    assert.equal(number(text), Number(text), text);
  }
  const long = '1234567890.12345678901';
  assert.equal(number(long), Number(long));
  assert.equal(number('45 %'), 45);
  assert.equal(number('120.5 W'), 120.5);
  assert.equal(number('1.2 kW'), 1200);
  assert.equal(number('12,5', 44), 12.5);
  assert.equal(number('1,234.5'), 1234.5);
  assert.equal(number('-12,345,678'), -12345678);
  assert.equal(number('1.234,5 W', 44), 1234.5);
  assert.equal(number('1,234.5', 44), 1234.5);
  assert.equal(number('1.234', 44), 1.234);
  for (const text of ['', '-', 'NaN', 'N/A', '1.2.3', '12,5', '12 apples', '1,234', 'inf']) {
    assert.ok(Number.isNaN(number(text)), text);
  }
});

test('random decimals come out to the last bit', () => {
  for (let i = 0; i < 2000; i++) {
    const text = ((i * 7919.123) % 1000).toFixed(i % 9);
    assert.equal(number(text), Number(text), text);
  }
});

test('times come in many forms', () => {
  const atMs = Date.UTC(2025, 9, 31, 9, 30, 15, 250);
  const reader = { withoutZone: 0 };
  const time = (text: string) => timeIn(reader, bytes(text), 0, bytes(text).length);
  for (const text of [
    ...['2025-10-31T09:30:15.250Z', '2025-10-31 09:30:15.25 UTC', '2025/10/31 09:30:15.250Z'],
    ...['2025-10-31T11:30:15.250+02:00', '2025-10-31T04:00:15.250-0530'],
    ...['20251031T093015.250Z', '20251031T113015.25+0200'],
    ...[String(atMs), String(atMs / 1000), `${atMs}000`, `${atMs}000000`],
  ]) {
    assert.equal(time(text), atMs, text);
  }
  assert.equal(reader.withoutZone, 0);
  assert.equal(time('2025-10-31 09:30'), Date.UTC(2025, 9, 31, 9, 30));
  assert.equal(time('2024-02-29'), Date.UTC(2024, 1, 29));
  assert.equal(time('20240229T1230Z'), Date.UTC(2024, 1, 29, 12, 30));
  assert.ok(Number.isNaN(time('20240229T12')));
  assert.equal(reader.withoutZone, 2);
  assert.equal(time('30'), 30_000);
  for (const text of ['', 'soon', '2025-13-01', '2025-10-31 1x:00', '2025-10-31T09:30:15+2', '-']) {
    assert.ok(Number.isNaN(time(text)), text);
  }
});

test('days agree with the calendar of the runtime', () => {
  for (let day = -40_000; day < 40_000; day += 97) {
    const text = new Date(day * 86_400_000).toISOString();
    assert.equal(timeIn({ withoutZone: 0 }, bytes(text), 0, text.length), day * 86_400_000, text);
  }
});

test('names keep their numbers, however many there are', () => {
  const names = makeNames();
  const index = (name: string) => nameIndex(names, bytes(name), 0, bytes(name).length);
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < 5000; i++) assert.equal(index(`host-${i}.züri`), i);
  }
  assert.equal(names.list[4711], 'host-4711.züri');
});

test('tabs, a byte order mark, the newest first, a footer: as servers export it', async () => {
  const { rows, malformed, malformedLines, withoutZone } = await read(
    '\uFEFFname\ttimestamp\tpower\tutil\r\nh1\t2025-10-31 09:00:00.000\t73.3\t0.75\r\n' +
      'h1\t2025-10-31 08:00:00.000\t72.5\t\r\n\r\nCompletion time: 2025-10-31T10:35:47-04:00\r\n',
    'time=timestamp,power=power,util=util,entity=name',
  );
  assert.deepEqual([rows.count, malformed, malformedLines, withoutZone], [2, 1, [5], 2]);
  assert.deepEqual(rows.entities, ['h1']);
  assert.deepEqual([...rows.powerW.subarray(0, 2)], [73.3, 72.5]);
  assert.deepEqual([...rows.utils[0].subarray(0, 2)], [0.75, Number.NaN]);
});

test('quotes, spaces, semicolons, columns added up, gzip, no last newline', async () => {
  const text = '"at";"GPU 0 [W]";gpu1;host;a+b\n0;"1,5"; 2 ;"rack;1";7\n60;x;2;h2;8';
  const map = 'time=AT,power=GPU 0 [W]+gpu1,util=a+b,entity=host';
  for (const content of [text, gzipSync(text)]) {
    const { rows, malformed } = await read(content, map);
    assert.deepEqual([rows.count, malformed], [2, 0]);
    assert.deepEqual(rows.entities, ['rack;1', 'h2']);
    assert.deepEqual([...rows.atMs.subarray(0, 2)], [0, 60_000]);
    assert.deepEqual([...rows.powerW.subarray(0, 2)], [3.5, Number.NaN]);
    assert.deepEqual([...rows.utils[0].subarray(0, 2)], [7, 8]);
  }
});

test('bars, comments, quotes in quotes, names with a separator, a header behind a hash', async () => {
  const rowsOf = async (text: string) => {
    const { rows, malformed } = await read(text, 'time=t,power=w,entity=h');
    return [rows.count, malformed, [...rows.powerW.subarray(0, rows.count)], rows.entities];
  };
  const wanted = [2, 0, [100, 1200.5], ['a']];
  assert.deepEqual(await rowsOf('t|h|w\n0|a|100\n60|a|"1,200.5"\n'), wanted);
  assert.deepEqual(await rowsOf('# by x\n# y\nt,h,w\n0,a,100\n# z\n60,a,1200.5\n'), wanted);
  assert.deepEqual(await rowsOf('# t,h,w\n0,a,100\n60,a,1200.5\n'), wanted);
  const quoted = 't,"note, ""long""",h,w\n0,"x ""y"", z",a,100\n60,"",a,1200.5\n';
  assert.deepEqual(await rowsOf(quoted), wanted);
});

test('lines that straddle chunks are read as others are', async () => {
  const count = 60_000;
  const lines = Array.from({ length: count }, (_, i) => `${i},host-${i % 7},${100 + (i % 50)}.5`);
  const { rows } = await read(`t,h,p\n${lines.join('\n')}\n`, 'time=t,power=p,entity=h');
  assert.equal(rows.count, count);
  assert.equal(rows.entities.length, 7);
  for (let i = 0; i < count; i++) {
    if (rows.atMs[i] !== i * 1000 || rows.powerW[i] !== 100.5 + (i % 50)) assert.fail(`row ${i}`);
  }
});

test('what is wrong is said by name', async () => {
  const trace = 't,p\n0,1\n';
  const complaints: readonly (readonly [string, string | Buffer, RegExp])[] = [
    ['time=t,power=watts', trace, /power=watts: .* no such column; it has t, p/],
    ['time=t', trace, /power=COLUMN is missing/],
    ['time=t,power=p,colour=x', trace, /no role 'colour'; there are time, power/],
    ['time=t,power', trace, /'power' is not of the form role=column/],
    ['time=t,power=p,power=t', trace, /power is given twice/],
    ['time=t,power=p', '', /empty; the first line names the columns/],
    ['time=t,power=p', 't,p\nsoon,1\n', /no row: 1 lines have no time .* 'soon'/],
    ['time=t,power=p', 'a,t,p\n1\n', /no row: 1 lines have too few columns/],
    ['time=t,power=p', Buffer.from(`\ufeff${trace}`, 'utf16le'), /UTF-16; save it as UTF-8/],
    ['time=t,power=p', gzipSync(trace).subarray(0, 20), /unexpected end of file/],
  ];
  for (const [map, text, message] of complaints) {
    await assert.rejects(async () => read(text, map), message);
  }
  const missing = join(dir, 'nowhere.csv');
  await assert.rejects(readTrace(missing, parseTraceMap('time=t,power=p')), /nowhere\.csv/);
});

test('a row that names no host is none', async () => {
  const text = 't,h,p\n1,a,5\n2,,6\n3, ,7\n4,"",8\n5,b,9\n';
  const { rows, malformed, malformedLines } = await read(text, 'time=t,power=p,entity=h');
  assert.deepEqual([rows.entities, rows.count], [['a', 'b'], 2]);
  assert.deepEqual([malformed, malformedLines], [3, [3, 4, 5]]);
  const none = read('t,h,p\n1,,5\n2,,6\n', 'time=t,power=p,entity=h');
  await assert.rejects(none, /no row: 2 lines have nothing in entity=h/);
});

test('a file without line ends is not shown as its header', async () => {
  const text = `t,p\r${'1,2\r'.repeat(5000)}`;
  await assert.rejects(read(text, 'time=t,power=q'), ({ message }: Error) => {
    assert.match(message, /power=q: .* has no such column; it has t, p/);
    return message.length < 1000;
  });
});

test('a time ends where its field ends: a name behind it that begins with T is none of it', () => {
  assert.equal(timeIn({ withoutZone: 0 }, bytes('1234567,Tesla V100'), 0, 7), 1_234_567_000);
});
