/** The GPUs that one Kubernetes pod asks for, and of which product. */
export type Path = readonly (string | number)[];

export interface PodGpus {
  readonly gpus: number;
  readonly gpuClass?: string;
  readonly vendor?: 'nvidia' | 'amd';
}

const RESOURCES = { 'nvidia.com/gpu': 'nvidia', 'amd.com/gpu': 'amd' } as const;
/** Labels that name the product; exact values of GPU feature discovery and of AMD's labeller. */
const PRODUCT_LABELS = ['nvidia.com/gpu.product', 'amd.com/gpu.product-name'];
/** Resources that ask for a part of a GPU. */
const PARTS = /^nvidia\.com\/(mig-|gpucores$|gpumem|vgpu)|^amd\.com\/cpx|\/gpu\.shared$/;

export type Json = Readonly<Record<string, unknown>>;
export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What is wrong with a manifest, and where. Becomes a problem at the door of `manifest.ts`. */
export class ManifestError extends Error {
  readonly path: Path;
  constructor(path: Path, message: string) {
    super(message);
    this.path = path;
  }
}

/**
 * @param pod `{metadata?, spec}`
 * @param notes gets what the pod asks for that placement does not judge
 * @throws ManifestError
 */
export function gpusOfPod(pod: unknown, podPath: Path, notes: string[]): PodGpus {
  const path = [...podPath, 'spec'];
  const spec = isObject(pod) ? pod.spec : undefined;
  if (!isObject(spec)) throw new ManifestError(path, 'the pod template is missing');
  const containers = requestsOf(spec.containers, [...path, 'containers']);
  const inits = requestsOf(spec.initContainers, [...path, 'initContainers']);
  const vendors = new Set([...containers, ...inits].flatMap(c => (c.gpus > 0 ? [c.vendor] : [])));
  if (vendors.size > 1) throw new ManifestError(path, 'one pod asks for GPUs of two vendors');
  // Containers run together, with sidecars; other init containers run before them, one by one.
  const sidecars = inits.filter(c => c.isSidecar);
  const together = sum(containers) + sum(sidecars);
  const before = Math.max(0, ...inits.filter(c => !c.isSidecar).map(c => c.gpus));
  const [vendor] = vendors;
  const gpus = Math.max(together, before);
  const gpuClass = gpus > 0 ? productOf(spec, path, notes) : undefined;
  return { gpus, ...(gpuClass ? { gpuClass } : {}), ...(vendor ? { vendor } : {}) };
}

interface Request {
  readonly gpus: number;
  readonly vendor: 'nvidia' | 'amd';
  readonly isSidecar: boolean;
}

const sum = (requests: readonly Request[]) => requests.reduce((n, r) => n + r.gpus, 0);

function requestsOf(containers: unknown, path: Path): Request[] {
  if (!Array.isArray(containers)) return [];
  return containers.map((container: unknown, i) => {
    const at = [...path, i, 'resources'];
    const resources =
      isObject(container) && isObject(container.resources) ? container.resources : {};
    const limits = isObject(resources.limits) ? resources.limits : {};
    const requests = isObject(resources.requests) ? resources.requests : {};
    for (const [where, list] of [
      ['limits', limits],
      ['requests', requests],
    ] as const) {
      const part = Object.keys(list).find(name => PARTS.test(name));
      if (part) throw new ManifestError([...at, where, part], 'parts of a GPU are not placed yet');
    }
    const asked = Object.entries(RESOURCES).flatMap(([name, vendor]) => {
      const gpus = quantity(limits, requests, name, at);
      return gpus > 0 ? [{ gpus, vendor }] : [];
    });
    if (asked.length > 1) throw new ManifestError(at, 'one container asks for GPUs of two vendors');
    const isSidecar = isObject(container) && container.restartPolicy === 'Always';
    const { gpus, vendor } = asked[0] ?? { gpus: 0, vendor: 'nvidia' };
    return { gpus, vendor, isSidecar };
  });
}

/** An extended resource: whole, and its request is its limit. */
function quantity(limits: Json, requests: Json, name: string, path: Path): number {
  const read = (list: Json, where: string): number | undefined => {
    const value = list[name];
    if (value === undefined || value === null) return undefined;
    const text = String(value);
    if (!/^\d+$/.test(text)) {
      throw new ManifestError([...path, where, name], `'${text}' is no whole number of GPUs`);
    }
    return Number(text);
  };
  const limit = read(limits, 'limits');
  const request = read(requests, 'requests');
  if (limit !== undefined && request !== undefined && limit !== request) {
    throw new ManifestError(
      [...path, 'requests', name],
      `request ${request} must equal limit ${limit}`,
    );
  }
  return limit ?? request ?? 0;
}

function productOf(spec: Json, path: Path, notes: string[]): string | undefined {
  const selector = isObject(spec.nodeSelector) ? spec.nodeSelector : {};
  const terms = Object.keys(selector).filter(key => !PRODUCT_LABELS.includes(key));
  for (const key of terms) notes.push(`${[...path, 'nodeSelector', key].join('.')} is not judged`);
  const selected = PRODUCT_LABELS.map(label => selector[label]).find(v => v !== undefined);
  return selected === undefined ? affineProduct(spec, path, notes) : String(selected);
}

/** The product that a required node affinity demands, when it is the only demand and one value. */
function affineProduct(spec: Json, path: Path, notes: string[]): string | undefined {
  const affinity = isObject(spec.affinity) ? spec.affinity : undefined;
  if (!affinity) return undefined;
  const nodeAffinity = isObject(affinity.nodeAffinity) ? affinity.nodeAffinity : {};
  const required = nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution;
  const terms = isObject(required) ? required.nodeSelectorTerms : undefined;
  const expressions =
    Array.isArray(terms) && terms.length === 1 && isObject(terms[0])
      ? terms[0].matchExpressions
      : undefined;
  const [only] = Array.isArray(expressions) && expressions.length === 1 ? expressions : [];
  if (isObject(only) && PRODUCT_LABELS.includes(String(only.key)) && only.operator === 'In') {
    const values = Array.isArray(only.values) ? only.values : [];
    if (values.length === 1) return String(values[0]);
  }
  notes.push(`${[...path, 'affinity'].join('.')} is not judged`);
  return undefined;
}
