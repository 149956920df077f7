/** Cores of a host by socket, NUMA domain and shared cache, from what hwloc says of it. */

/** An object of hwloc's tree as parsed: `Machine`, `Package`, `Die`, `L3Cache`, `Core`, `PU`, ... */
export interface HwlocObject {
  readonly type: string;
  readonly osIndex?: number;
  /** Of caches. */
  readonly cacheBytes?: number;
  /** Of NUMA domains. */
  readonly memoryBytes?: number;
  readonly children?: readonly HwlocObject[];
}

interface CacheDomain {
  /** Position of the package around it, and of the die within the package. */
  readonly package: number;
  readonly die: number;
  /** OS index of the NUMA domain it belongs to, or -1. */
  readonly numa: number;
  /** The outermost cache its cores share, and its size; 0 where the tree names none. */
  readonly cache: string;
  readonly cacheBytes: number;
  readonly coreCount: number;
  /** OS indices of the hardware threads. */
  readonly threads: readonly number[];
}

interface Around {
  readonly package: number;
  readonly die: number;
  readonly numa: number;
}

const CACHES: readonly string[] = ['L4Cache', 'L3Cache', 'L2Cache'];

/**
 * Domains of cores that share their outermost cache, in the order of the tree. Cores outside any
 * cache form a domain of their own for each container.
 * @throws RangeError if the tree has no hardware threads
 */
export function cacheDomains(root: HwlocObject): CacheDomain[] {
  const domains: CacheDomain[] = [];
  const counts = { package: -1, die: -1 };
  const visit = (object: HwlocObject, around: Around) => {
    let here = around;
    if (object.type === 'Package') {
      counts.package++;
      counts.die = -1;
      here = { ...here, package: counts.package, die: 0 };
    }
    if (object.type === 'Die') {
      counts.die++;
      here = { ...here, die: counts.die };
    }
    const numa = object.children?.find(child => child.type === 'NUMANode');
    if (numa?.osIndex !== undefined) here = { ...here, numa: numa.osIndex };
    if (CACHES.includes(object.type) || object.type === 'Core') {
      domains.push(domainOf(object, here));
      return;
    }
    for (const child of object.children ?? []) visit(child, here);
  };
  visit(root, { package: 0, die: 0, numa: -1 });
  if (domains.length === 0) throw new RangeError('the hwloc tree has neither caches nor cores');
  return domains;
}

function domainOf(object: HwlocObject, around: Around): CacheDomain {
  const parts = descendants(object);
  const threads = parts.filter(part => part.type === 'PU').map(part => part.osIndex ?? -1);
  const isCache = CACHES.includes(object.type);
  // Newer trees hang the NUMA domain below the cache that it belongs to.
  const numa = parts.find(part => part.type === 'NUMANode')?.osIndex ?? around.numa;
  return {
    ...around,
    numa,
    cache: isCache ? object.type : 'none',
    cacheBytes: isCache ? (object.cacheBytes ?? 0) : 0,
    coreCount: parts.filter(part => part.type === 'Core').length,
    threads,
  };
}

const descendants = (object: HwlocObject): HwlocObject[] => [
  object,
  ...(object.children ?? []).flatMap(descendants),
];
