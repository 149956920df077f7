/**
 * What `npm pack` makes: JavaScript that runs below node_modules, where Node strips no types, with
 * the runtime dependencies alone, from an empty folder. The registry is not asked: the packages are
 * those that are installed here.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ROOT, runNode, startService, untilReady } from '../support/orrery-cli.ts';
import { runProgram, temporaryDir, until } from '../support/outside-process.ts';

const tool = (name: string) => join(ROOT, 'node_modules', '.bin', name);

interface Manifest {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

interface Storage {
  readonly journal: { readonly rows: number };
  readonly history: { readonly tailRows: number; readonly failure?: string } | null;
}

describe('the packed package', () => {
  let dir: string;
  let manifest: Manifest;
  const at = (path: string) => join(dir, 'node_modules/orrery', path);
  const bin = () => at('bin/orrery.js');

  before(async () => {
    manifest = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as Manifest;
    dir = await temporaryDir('package');
    if (!existsSync(join(ROOT, 'dashboards/live/dist'))) {
      await runProgram('npm', ['run', 'build:page'], { cwd: ROOT });
    }
    await rm(join(ROOT, 'dist'), { recursive: true, force: true });
    await runProgram(tool('tsc'), ['-p', 'tsconfig.build.json'], { cwd: ROOT });
    // Its own build would empty the page's folder under a test that serves it.
    await runProgram('npm', ['pack', '--ignore-scripts', '--pack-destination', dir], { cwd: ROOT });
    await mkdir(at(''), { recursive: true });
    const tarball = join(dir, `orrery-${manifest.version}.tgz`);
    await runProgram('tar', ['xzf', tarball, '--strip-components=1', '-C', at('')]);
    for (const name of Object.keys(manifest.dependencies)) {
      const link = join(dir, 'node_modules', name);
      await mkdir(dirname(link), { recursive: true });
      await symlink(join(ROOT, 'node_modules', name), link);
    }
  });
  after(async () => {
    await rm(dir, { recursive: true, force: true });
    await rm(join(ROOT, 'dist'), { recursive: true, force: true });
  });

  test('holds JavaScript, the page, the boards and the inventories, and no TypeScript', async () => {
    const { stdout } = await runProgram('find', [at(''), '-type', 'f']);
    const files = stdout.trim().split('\n');
    assert.deepEqual(
      files.filter(file => /\.tsx?$/.test(file)),
      [],
    );
    for (const path of [
      ...['dist/server/cli.js', 'dist/scenarios/plant/main.js', 'dashboards/live/dist/index.html'],
      ...['scenarios/demo.yaml', 'scenarios/reference.yaml', 'docs/runbooks.md', 'LICENSE'],
      ...['dashboards/grafana/generated/prometheus/orrery.rules.yml', 'README.md'],
    ]) {
      assert.ok(existsSync(at(path)), path);
    }
    const tests = files.filter(file => file.startsWith(at('test/')));
    assert.deepEqual(tests, []);
  });

  test('checks an inventory, and knows its version', async () => {
    const version = await runNode([bin(), '--version'], { cwd: dir });
    assert.equal(version.stdout.trim(), manifest.version, version.stderr);
    const demo = at('scenarios/demo.yaml');
    const { code, stdout, stderr } = await runNode([bin(), 'check', demo], { cwd: dir });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /Inventory ok, 9484 entities/);
  });

  test('measures a budget', async () => {
    const args = [bin(), 'bench', 'fork', '--size', 'small', '--json'];
    const { code, stdout, stderr } = await runNode(args, { cwd: dir });
    assert.equal(code, 0, stderr);
    assert.equal((JSON.parse(stdout) as { name: string }).name, 'fork');
  });

  test('serves the demo, its page and its past', async () => {
    const args = ['--demo', '--data-dir', join(dir, 'data')];
    const service = await startService(args, { bin: bin(), cwd: dir });
    try {
      await untilReady(service, 60_000);
      const page = await (await fetch(service.url)).text();
      const script = /src="\.\/(assets\/[^"]+\.js)"/.exec(page)?.[1];
      assert.ok(script, page);
      assert.equal((await fetch(`${service.url}/${script}`)).status, 200);
      await until('the power of the site', 60_000, async () => {
        const answer = await fetch(`${service.url}/api/v1/state/demo`);
        const { signals } = (await answer.json()) as {
          signals: Record<string, { value: number | null }>;
        };
        return (signals.powerW.value ?? 0) > 100_000;
      });
      // The threads of the history and of the past start from the package too.
      const at = new Date(Date.now() - 1000).toISOString();
      assert.equal((await fetch(`${service.url}/api/v1/state/demo?at=${at}`)).status, 200);
      const storage = await (await fetch(`${service.url}/api/v1/storage`)).json();
      const { history, journal } = storage as Storage;
      assert.ok(journal.rows > 0);
      assert.ok(history && history.failure === undefined && history.tailRows > 0);
    } finally {
      await service.end('SIGKILL', 'group');
    }
  });
});
