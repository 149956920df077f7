/** `* on (UUID) group_left (host, rack) orrery_gpu_info` puts other exporters' series in place. */
import { KIND_INDEX, type Kind } from '../../twin/index.ts';
import type { Service } from '../service.ts';
import type { Places } from './places.ts';
import { labels, type Writer } from './writer.ts';

interface Names {
  readonly name: string;
  readonly kind: Kind;
  readonly title: string;
  /** Undefined: the entity has no series. */
  of(service: Service, entity: number): readonly (readonly [string, string])[] | undefined;
}

const first = (values: readonly string[] | undefined) => values?.[0] ?? '';

/** What entities are called elsewhere. */
export const NAMES: readonly Names[] = [
  {
    name: 'orrery_host_info',
    kind: 'host',
    title: 'Hosts and their names elsewhere',
    of({ ingest, live }, host) {
      const aliases = ingest.aliasesOf(host);
      return [
        ['node', first(aliases.nodeName) || live.twin.topology.ids[host]],
        ['bmc', first(aliases.bmcAddress)],
      ];
    },
  },
  {
    name: 'orrery_gpu_info',
    kind: 'gpu',
    title: 'GPUs and their names elsewhere',
    of({ ingest, live }, gpu) {
      const aliases = ingest.aliasesOf(gpu);
      // Learned from the first page that names it.
      if (!aliases.gpuUuid) return undefined;
      const { classes, classIndex } = live.twin.topology;
      return [
        ['UUID', first(aliases.gpuUuid)],
        ['pci_bus_id', first(aliases.pciBusId)],
        ['model', classes[classIndex[gpu]]?.title ?? ''],
      ];
    },
  },
];

export function writeNames(writer: Writer, service: Service, places: Places) {
  const { kindStart } = service.live.twin.topology;
  for (const { name, kind, title, of } of NAMES) {
    writer.family(name, title);
    const end = kindStart[KIND_INDEX[kind] + 1];
    for (let e = kindStart[KIND_INDEX[kind]]; e < end; e++) {
      if (writer.isFull) {
        writer.leaveOut(end - e);
        break;
      }
      const names = of(service, e);
      if (names) writer.sample(`${places.labelsOf(e)},${labels(names)}`, 1);
    }
  }
}
