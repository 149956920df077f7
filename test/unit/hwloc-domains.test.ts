import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { cacheDomains, type HwlocObject } from '../../twin/physics/die/cpu-domains.ts';

const DIR = fileURLToPath(new URL('../../../shared/data/topology/hwloc/', import.meta.url));
const skip = existsSync(DIR) ? false : 'no ../shared/data here';

type Building = HwlocObject & { readonly children: Building[] };

/** Enough of lstopo's XML for its tree of objects. */
function treeOf(xml: string): HwlocObject {
  const top: Building = { type: 'File', children: [] };
  const open = [top];
  for (const [tag, close, attributes, self] of xml.matchAll(/<(\/?)object\b([^>]*?)(\/?)>/g)) {
    if (close) {
      open.pop();
      continue;
    }
    const of = (name: string) => new RegExp(` ${name}="([^"]*)"`).exec(attributes)?.[1];
    const type = of('type');
    assert.ok(type, tag);
    const number = (name: string, key: string) =>
      of(name) === undefined ? {} : { [key]: Number(of(name)) };
    const sizes = { ...number('os_index', 'osIndex'), ...number('cache_size', 'cacheBytes') };
    const object: Building = { type, ...sizes, children: [] };
    open.at(-1)?.children.push(object);
    if (!self) open.push(object);
  }
  return top.children[0];
}

const domainsOf = (file: string) => cacheDomains(treeOf(readFileSync(`${DIR}${file}`, 'utf8')));

test('two sockets of six cores with two threads each, 12 MiB shared by a socket', { skip }, () => {
  const domains = domainsOf('24em64t-2n6c2t-pci.xml');
  assert.deepEqual(
    domains.map(({ package: at, numa, cache, cacheBytes, coreCount }) => [
      ...[at, numa, cache, cacheBytes / 2 ** 20, coreCount],
    ]),
    [
      [0, 0, 'L3Cache', 12, 6],
      [1, 1, 'L3Cache', 12, 6],
    ],
  );
  const threads = domains.flatMap(domain => domain.threads);
  assert.equal(new Set(threads).size, 24);
});

test('every thread of real machines is in one domain', { skip }, () => {
  for (const file of ['nvidiaDGX2.xml', '96em64t-4n4d3ca2co-pci.xml', 'power8gpudistances.xml']) {
    const domains = domainsOf(file);
    const threads = domains.flatMap(domain => domain.threads);
    const listed = readFileSync(`${DIR}${file}`, 'utf8').match(/type="PU"/g)?.length;
    assert.equal(threads.length, listed, file);
    assert.equal(new Set(threads).size, listed, file);
    assert.ok(
      domains.every(({ coreCount }) => coreCount > 0),
      file,
    );
  }
});
