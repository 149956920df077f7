/** The command line: exit codes, one JSON document on stdout, and complaints that name a place. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { BENCHES, LAB_BENCHES } from '../../server/bench/index.ts';
import { loadTopology } from '../../server/cli/load.ts';
import { parseConfig } from '../../server/config.ts';
import { type Serving, serve } from '../../server/serve.ts';
import { ADDRESSES } from '../support/chain.ts';
import { dcgmPage, type PageServer, servePages } from '../support/dcgm-pages.ts';
import { type Outcome, orrery, ROOT } from '../support/orrery-cli.ts';
import { freePort, temporaryDir, until } from '../support/outside-process.ts';

const FIXTURES = 'test/fixtures/inventory';
const GOOD = `${FIXTURES}/chain.yaml`;

/** Broken inventory, with line, field and a part of what is said about it. */
const BROKEN: readonly (readonly [file: string, place: string, says: RegExp])[] = [
  ['bad-yaml', '7', /must be sufficiently indented/],
  ['tabs', '4', /Tabs are not allowed/],
  ['no-kind', '1: kind', /missing; add kind: Inventory/],
  ['unknown-key', '10: site.halls[0].racks[0].host', /not a field/],
  ['unknown-class', '11: site.halls[0].racks[0].hosts[0].class', /did you mean 'dgx-h100'\?/],
  ['unknown-limit', '6: site.limits.rackPowr', /did you mean 'rackPower'\?/],
  ['unit-in-text', '8: site.halls[0].limits.roomCooling', /a number is needed, not a string/],
  ['kilowatts', '10: site.halls[0].racks[0].limits.inletAllowable', /3500 °C is not between/],
  ['percent', '6: site.limits.fragmentation', /15 is not between 0 and 1/],
  ['duplicate-id', '12: site.halls[0].racks[1].hosts[0].id', /'k1' is used twice/],
  ['repeated-generator', '9: site.halls[0].racks[0].id', /count needs \{n\}/],
  ['placeholder', '9: site.halls[0].racks[0].id', /nothing fills \{m\}/],
  ['cycle', '12: power', /a cycle: ups-1, ups-2 feed each other/],
  ['share', '12: power', /shares of t1 add up to 1\.4/],
  ['wire-to-nothing', '11: power[0].from', /'grid-a', the supplier of ups-1, is not there/],
];

/** A command prints exactly one JSON document on stdout. */
async function json(args: readonly string[], code = 0): Promise<Record<string, unknown>> {
  const outcome = await orrery([...args, '--json']);
  assert.equal(outcome.code, code, outcome.stderr);
  const document = JSON.parse(outcome.stdout) as unknown;
  assert.ok(typeof document === 'object' && document !== null);
  return document as Record<string, unknown>;
}

describe('check', { concurrency: 2 }, () => {
  let all: Outcome;
  const fileOf = (name: string) => `${FIXTURES}/broken/${name}.yaml`;

  before(async () => {
    all = await orrery(['check', ...BROKEN.map(([name]) => fileOf(name))]);
  });

  for (const [name, place, says] of BROKEN) {
    test(`${name} is refused, naming line and field`, () => {
      const lines = all.stderr.split('\n').filter(line => line.startsWith(fileOf(name)));
      assert.equal(lines.length, 1, all.stderr);
      assert.ok(lines[0].startsWith(`${fileOf(name)}:${place}: `), lines[0]);
      assert.match(lines[0], says);
    });
  }

  test('files that are refused give 2, and nothing on stdout', () => {
    assert.deepEqual([all.code, all.stdout], [2, '']);
  });

  test('every mistake is named at once', async () => {
    const { stderr } = await orrery(['check', `${FIXTURES}/broken/two-errors.yaml`]);
    assert.match(stderr, /:6: site\.colour: /);
    assert.match(stderr, /:10: site\.halls\[0\]\.racks\[0\]\.count: /);
  });

  test('good files are good; one bad file among them makes the exit code 2', async () => {
    const good = await orrery(['check', GOOD, 'scenarios/demo.yaml']);
    assert.equal(good.code, 0);
    assert.match(good.stdout, /demo\.yaml: Inventory ok, 9484 entities/);
    const { files } = await json(['check', GOOD, `${FIXTURES}/broken/cycle.yaml`], 2);
    const [first, second] = files as { ok: boolean; complaints: { line: number }[] }[];
    assert.equal(first.ok, true);
    assert.deepEqual([second.ok, second.complaints[0].line], [false, 12]);
  });

  test('a configuration is checked, read from standard input too', async () => {
    const config = 'apiVersion: orrery/v1\nkind: Config\nhttp:\n  port: 99999\n  prot: 1\n';
    const { code, stderr } = await orrery(['check', '-'], { stdin: config });
    assert.equal(code, 2);
    assert.match(stderr, /^-:4: http\.port: /m);
    assert.match(stderr, /^-:5: http\.prot: not a field/m);
  });

  test('a what-if is checked, and so are manifests', async () => {
    const check = (stdin: string) => orrery(['check', '-'], { stdin });
    const good = await check('kind: WhatIf\nfail: { entity: ups-a1 }\n');
    assert.deepEqual([good.code, good.stdout], [0, '-: WhatIf ok, 1 change\n']);
    const bad = await check('kind: WhatIf\nplace:\n  gpus: many\n');
    assert.equal(bad.code, 2);
    assert.match(bad.stderr, /^-:3: place\.gpus: /);
    const pod = (count: string) =>
      'apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec:\n  containers:\n    - name: a\n' +
      `      resources: { limits: { nvidia.com/gpu: ${count} } }\n`;
    const job = await check(`${pod('8')}---\n${pod('4')}`);
    assert.deepEqual([job.code, job.stdout], [0, '-: manifests ok, 2 changes\n']);
    assert.equal((await check(pod('lots'))).code, 2);
  });

  test('a file that is not there is bad input', async () => {
    const { code, stderr } = await orrery(['check', 'nowhere.yaml']);
    assert.equal(code, 2);
    assert.match(stderr, /^nowhere\.yaml: no such file/);
    const asked = await orrery(['whatif', '-f', 'nowhere.yaml']);
    assert.deepEqual([asked.code, asked.stderr], [2, 'nowhere.yaml: no such file\n']);
    const played = await orrery(['replay', '--data-dir', 'nowhere', '--from', '1h']);
    assert.deepEqual([played.code, played.stderr], [2, '--data-dir: nowhere is not there\n']);
  });
});

/** A service over pages of its own, and the commands that read it. */
describe('commands that read a service', { concurrency: 2 }, () => {
  let pages: PageServer;
  let serving: Serving;
  let dir: string;
  const url = () => ['--url', serving.url];

  before(async () => {
    const gpus = Array.from({ length: 8 }, () => ({ powerW: 300, tempC: 50 }));
    const address = ADDRESSES['gpu-a'];
    pages = await servePages({
      [address]: dcgmPage('gpu-a', gpus) + dcgmPage('gpu-aa', gpus.slice(0, 1)),
    });
    dir = await temporaryDir('cli');
    const source = { id: 'dcgm', kind: 'scrape', url: `http://${address}:${pages.port}/metrics` };
    const config = parseConfig({
      ...{ apiVersion: 'orrery/v1', kind: 'Config', logLevel: 'silent', tickS: 0.2 },
      ...{ http: { port: 0 }, sources: [{ ...source, intervalS: 1 }] },
    });
    assert.ok(config.ok);
    const clock = { now: Date.now, speed: 1 };
    const topology = loadTopology(join(ROOT, GOOD));
    serving = await serve({ topology, config: config.value, clock, version: 'test' });
    await until('the GPUs', 10_000, async () => {
      const answer = await fetch(`${serving.url}/api/v1/state/gpu-a%2Fgpu7`);
      return ((await answer.json()) as State).signals.gpuPowerW.value === 300;
    });
  });
  after(async () => {
    await serving?.stop();
    pages?.close();
    if (dir) await rm(dir, { recursive: true });
  });

  interface State {
    readonly id: string;
    readonly signals: Record<string, { value: number | null; quality: string }>;
  }

  test('state', async () => {
    const gpu = (await json(['state', 'gpu-a/gpu0', ...url()])) as unknown as State;
    assert.equal(gpu.id, 'gpu-a/gpu0');
    assert.deepEqual(
      [gpu.signals.gpuPowerW.value, gpu.signals.gpuPowerW.quality],
      [300, 'measured'],
    );
    const site = (await json(['state', ...url()])) as unknown as State;
    assert.equal(site.id, 's1');
    const table = await orrery(['state', 'gpu-a/gpu0', ...url()]);
    assert.match(table.stdout, /gpuPowerW +300 W +\d+ s +measured/);
  });

  test('unmatched', async () => {
    const { items } = await json(['unmatched', ...url()]);
    const found = items as { identity: Record<string, string>; candidates: unknown[] }[];
    assert.ok(found.some(({ identity }) => identity.Hostname === 'gpu-aa'));
    const { stdout } = await orrery(['unmatched', ...url()]);
    assert.match(stdout, /^\d+ series without an entity\nmetric .*\n.*Hostname=gpu-aa/);
    const names = stdout.match(/\S+=\S+( \S+=\S+)*/g) ?? [];
    assert.ok(found.length > names.length, `${found.length} series, ${names.length} names`);
    assert.equal(new Set(names).size, names.length, 'a line for each name, not for each metric');
    assert.match(stdout, /^\S+ and \d+ more +.*Hostname=gpu-aa/m);
  });

  test('a service that cannot be reached: what stands in the way', async () => {
    const state = (address: string) => orrery(['state', '--url', address]);
    const { port } = new URL(serving.url);
    const encrypted = await state(`https://127.0.0.1:${port}`);
    assert.equal(encrypted.code, 1);
    assert.match(encrypted.stderr, /cannot be reached: (?!fetch failed)/);
    assert.doesNotMatch(encrypted.stderr, /start it with/);
  });

  test('headroom', async () => {
    const { planes } = await json(['headroom', 'k1', ...url()]);
    const { power } = planes as { power: { headroom: number; chain: { id: string }[] } };
    assert.ok(power.headroom > 0);
    assert.equal(power.chain[0].id, 'k1');
    assert.match((await orrery(['headroom', 'k1', ...url()])).stdout, /k1 power: .* free/);
    const site = await orrery(['headroom', 's1', ...url()]);
    assert.doesNotMatch(site.stdout, /no limit free/);
  });

  test('forecast', async () => {
    const answer = await json(['forecast', 's1', 'powerW', '--horizon', '30m', ...url()]);
    assert.ok('points' in answer && 'reason' in answer);
    assert.equal((await orrery(['forecast', ...url()])).code, 0);
  });

  test('whatif answers 0 for yes and 1 for no', async () => {
    const ask = async (gpus: number) => {
      const file = join(dir, `${gpus}.yaml`);
      const place = `{ name: a, gpus: ${gpus}, gpuClass: h100-sxm5-80gb }`;
      await writeFile(file, `kind: WhatIf\nplace: ${place}\n`);
      return file;
    };
    const yes = await json(['whatif', '-f', await ask(4), ...url()], 0);
    assert.equal(yes.fits, true);
    const no = await json(['whatif', '-f', await ask(4000), ...url()], 1);
    assert.equal(no.fits, false);
    const said = await orrery(['whatif', '-f', await ask(4000), ...url()]);
    assert.equal(said.code, 1);
    assert.equal(said.stderr, '');
  });

  test('whatif --horizon follows power and heat', async () => {
    const file = join(dir, 'cap.yaml');
    await writeFile(file, 'kind: WhatIf\ncap: { gpuW: 400 }\n');
    const { course } = await json(['whatif', '-f', file, '--horizon', '2m', ...url()]);
    assert.equal((course as { horizonS: number }).horizonS, 120);
    const said = await orrery(['whatif', '-f', file, '--horizon', '2m', ...url()]);
    assert.match(said.stdout, /within 2 min:\n {2}first GPU throttles: no/);
    const wrong = await orrery(['whatif', '-f', file, '--horizon', 'soon', ...url()]);
    assert.deepEqual([wrong.code, wrong.stdout], [2, '']);
    assert.match(wrong.stderr, /--horizon: 'soon' is no time/);
  });

  test('bad input is 2: an unknown entity, a wrong question, a missing file', async () => {
    const unknown = await orrery(['state', 'gpu-z', '--json', ...url()]);
    assert.deepEqual([unknown.code, unknown.stdout], [2, '']);
    assert.match(unknown.stderr, /gpu-z/);
    const stdin = 'kind: WhatIf\nplace: { name: a, gpus: none }\n';
    const wrong = await orrery(['whatif', '-f', '-', ...url()], { stdin });
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /place\.gpus/);
    assert.equal((await orrery(['whatif', '-f', join(dir, 'none.yaml'), ...url()])).code, 2);
  });
});

describe('the rest', { concurrency: 2 }, () => {
  test('a service that does not answer is 1, and how to start it is said', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const { code, stdout, stderr } = await orrery(['state', '--url', url, '--json']);
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(
      stderr,
      /^nothing answers at http:\/\/127\.0\.0\.1:\d+; start it with: npx orrery serve/,
    );
  });

  for (const [what, args] of [
    ['no command', []],
    ['an unknown command', ['sing']],
    ['an unknown flag', ['state', '--sing']],
    ['a missing argument', ['check']],
    ['an address that is none', ['state', '--url', 'here']],
    ['serve without an inventory', ['serve']],
    ['a port that is none', ['serve', '--demo', '--port', '99999']],
    ['an unknown benchmark', ['bench', 'sing']],
  ] as const) {
    test(`${what} is bad input: 2, a reason, and no stack`, async () => {
      const { code, stdout, stderr } = await orrery(args);
      assert.deepEqual([code, stdout], [2, ''], stderr);
      assert.ok(stderr.length > 0);
      assert.doesNotMatch(stderr, /^ {4}at /m);
    });
  }

  test('a port that is taken is said, not thrown', async () => {
    const port = await freePort();
    const { createServer } = await import('node:net');
    const server = createServer().listen(port, '127.0.0.1');
    try {
      const args = ['serve', '--demo', '--port', String(port)];
      const { code, stderr } = await orrery(args);
      assert.equal(code, 1, stderr);
      assert.match(stderr, new RegExp(`port ${port}: another program listens there`));
      assert.doesNotMatch(stderr, /^ {4}at /m);
    } finally {
      server.close();
    }
  });

  test('help and version are 0', async () => {
    for (const flag of ['--help', '--version']) assert.equal((await orrery([flag])).code, 0);
  });

  test('a mistake of our own is 3, with a stack to report', async () => {
    const broken = 'data:text/javascript,process.stdout.write=()=>{throw new Error("planted")}';
    const { code, stderr } = await orrery(['check', GOOD, '--json'], { imports: [broken] });
    assert.equal(code, 3);
    assert.match(stderr, /Error: planted[\s\S]*^ {4}at /m);
  });

  for (const name of Object.keys({ ...BENCHES, ...LAB_BENCHES })) {
    test(`bench ${name} runs small, and says on what machine`, async () => {
      const result = await json(['bench', name, '--size', 'small']);
      const { figures, machine, calibration, hash } = result;
      assert.equal(result.name, name);
      assert.ok(machine && calibration && String(hash).length > 0);
      const numbers = Object.values(figures as object).filter(each => typeof each === 'number');
      assert.ok(numbers.length > 0 && numbers.every(each => Number.isFinite(each) && each >= 0));
    });
  }

  test('a benchmark works out the same each time', async () => {
    const hashes = new Set<unknown>();
    for (let i = 0; i < 2; i++) hashes.add((await json(['bench', 'fork', '--size', 'small'])).hash);
    assert.equal(hashes.size, 1);
  });
});

describe('an older Node', () => {
  const refuses = (outcome: { code: number; stderr: string }, version: string) => {
    assert.equal(outcome.code, 2);
    assert.match(outcome.stderr, /^orrery needs Node 24 or newer; this is v/);
    assert.ok(outcome.stderr.includes(version), outcome.stderr);
    assert.match(outcome.stderr, /npx orrery/);
  };

  test('is refused in plain words', async () => {
    const versions = "{ value: { ...process.versions, node: '18.19.0' } }";
    const pretend = `Object.defineProperty(process, 'versions', ${versions});`;
    const asText = "Object.defineProperty(process, 'version', { value: 'v18.19.0' });";
    const older = `data:text/javascript,${encodeURIComponent(pretend + asText)}`;
    refuses(await orrery(['check', GOOD], { imports: [older] }), 'v18.19.0');
  });

  const real = olderNode();
  const skip = real ? false : 'no older Node on this machine';
  test('is refused by a real one', { skip }, async () => {
    if (real) refuses(await orrery(['check', GOOD], { node: real.path }), real.version);
  });
});

/** A Node before 24 among those of the system, not the one of the package. */
function olderNode(): { path: string; version: string } | undefined {
  for (const path of ['/usr/bin/node', '/usr/local/bin/node']) {
    if (!existsSync(path)) continue;
    const version = execFileSync(path, ['--version'], { encoding: 'utf8' }).trim();
    if (Number(/^v(\d+)/.exec(version)?.[1]) < 24) return { path, version };
  }
  return undefined;
}
