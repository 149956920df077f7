/** Everything that answers, as a scraper would be configured: URL and the labels it would add. */
import type { Layout } from './layout.ts';
import type { PlantHost } from './site.ts';

type TargetKind = 'dcgm' | 'node' | 'ipmi' | 'ksm' | 'snmp' | 'modbus' | 'kubelet';

export interface PlantTarget {
  readonly kind: TargetKind;
  readonly url: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface PlantBmc {
  readonly host: string;
  readonly url: string;
  readonly username: string;
  readonly password: string;
}

const nodeName = (host: PlantHost) => host.nodeName ?? host.id;

export function listTargets({ site }: Layout, base: string): PlantTarget[] {
  const at = encodeURIComponent;
  const perHost = site.hosts.flatMap((host): PlantTarget[] => {
    const node = nodeName(host);
    const ip = host.ip ?? node;
    const bmc = host.bmcAddress;
    const path = at(host.id);
    return [
      ...(host.gpus > 0
        ? [target('dcgm', `${base}/dcgm/${path}/metrics`, 'dcgm-exporter', `${ip}:9400`)]
        : []),
      target('node', `${base}/node/${path}/metrics`, 'node-exporter', `${node}:9100`),
      target('ipmi', `${base}/ipmi?target=${at(bmc)}&module=default`, 'ipmi', bmc),
      {
        ...target('kubelet', `${base}/kubelet/${path}/metrics/cadvisor`, 'kubelet', `${ip}:10250`),
        labels: { job: 'kubelet', instance: `${ip}:10250`, node },
      },
    ];
  });
  const agents: readonly (readonly [module: string, { id: string; address?: string }[]])[] = [
    ['apcups', [...site.pdus, ...site.upses]],
    ['apc_inrow', [...site.crahs]],
    ['if_mib', [...(site.tors ?? [])]],
  ];
  const snmp = agents.flatMap(([module, entities]) =>
    entities.map(entity => {
      const address = entity.address ?? entity.id;
      return target('snmp', `${base}/snmp?target=${at(address)}&module=${module}`, 'snmp', address);
    }),
  );
  const cdus = site.cdus.map(cdu => {
    const address = cdu.address ?? cdu.id;
    return target('modbus', `${base}/modbus?target=${at(address)}&module=cdu`, 'modbus', address);
  });
  const ksm = target('ksm', `${base}/ksm/metrics`, 'kube-state-metrics', 'kube-state-metrics:8080');
  return [...perHost, ...snmp, ...cdus, ksm];
}

const target = (kind: TargetKind, url: string, job: string, instance: string): PlantTarget => ({
  ...{ kind, url, labels: { job, instance } },
});
