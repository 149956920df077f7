/** `* on (UUID) group_left (host, rack) orrery_gpu_info` puts other exporters' series in place. */
import { KIND_INDEX, type Kind } from '../../twin/index.ts';
import type { Service } from '../service.ts';
import type { Places } from './places.ts';
import { label, type Writer } from './writer.ts';

export function writeHostNames(writer: Writer, service: Service, places: Places) {
  const { topology } = service.live.twin;
  writer.family('orrery_host_info', 'Hosts and their names elsewhere');
  eachOf(writer, service, 'host', host => {
    const aliases = service.ingest.aliasesOf(host);
    const node = first(aliases.nodeName) || topology.ids[host];
    const names = [label('node', node), label('bmc', first(aliases.bmcAddress))];
    return [places.labelsOf(host), ...names].join();
  });
}

/** GPUs whose UUID is known; it is learned from the first page that names it. */
export function writeGpuNames(writer: Writer, service: Service, places: Places) {
  const { topology } = service.live.twin;
  writer.family('orrery_gpu_info', 'GPUs and their names elsewhere');
  eachOf(writer, service, 'gpu', gpu => {
    const aliases = service.ingest.aliasesOf(gpu);
    if (!aliases.gpuUuid) return undefined;
    const names = [
      label('UUID', first(aliases.gpuUuid)),
      label('pci_bus_id', first(aliases.pciBusId)),
      label('model', topology.classes[topology.classIndex[gpu]]?.title ?? ''),
    ];
    return [places.labelsOf(gpu), ...names].join();
  });
}

const first = (values: readonly string[] | undefined) => values?.[0] ?? '';

function eachOf(
  writer: Writer,
  { live }: Service,
  kind: Kind,
  labelsOf: (entity: number) => string | undefined,
) {
  const { kindStart } = live.twin.topology;
  const end = kindStart[KIND_INDEX[kind] + 1];
  for (let e = kindStart[KIND_INDEX[kind]]; e < end; e++) {
    if (writer.isFull) return writer.leaveOut(end - e);
    const labels = labelsOf(e);
    if (labels !== undefined) writer.sample(labels, 1);
  }
}
