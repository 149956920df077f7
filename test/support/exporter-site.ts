/** Two hosts with everything that the exporters' fixtures speak of. */
import { parts, type TinyEntity, tinyTopology } from './tiny-topology.ts';

const uuid = (n: number) => `GPU-00000000-aaaa-bbbb-cccc-00000000000${n}`;

const A1_ALIASES: Record<string, TinyEntity['aliases']> = {
  'gpu-a1/gpu0': { gpuUuid: uuid(1), pciBusId: '0000:1b:00.0' },
  'gpu-a1/gpu1': { gpuUuid: uuid(2) },
  'gpu-a1/nic0': { netDevice: 'ens1', mac: '0c:42:a1:00:00:01' },
  'gpu-a1/nic1': { netDevice: ['ens2', 'mlx5_0'], portGuid: '0x0002c90300f172a2' },
  'gpu-a1/nvme0': { blockDevice: 'nvme0' },
  'gpu-a1/psu0': { pduOutlet: 'pdu-a/5' },
  'gpu-a1/psu1': { pduOutlet: 'pdu-b/1.2.5' },
};

export const exporterSite = () =>
  tinyTopology([
    { id: 's1', kind: 'site' },
    { id: 'h1', kind: 'hall', parent: 's1' },
    { id: 'r1', kind: 'rack', parent: 'h1' },
    { id: 'ups-1', kind: 'ups', parent: 'h1' },
    { id: 'pdu-a', kind: 'pdu', parent: 'r1', aliases: { address: '10.8.0.1' } },
    { id: 'pdu-b', kind: 'pdu', parent: 'r1', aliases: { fqdn: 'pdu-b.example.org' } },
    { id: 'leaf-1', kind: 'tor', parent: 'r1', aliases: { nodeGuid: '0x0002c90300f172b0' } },
    {
      ...{ id: 'gpu-a1', kind: 'host', parent: 'r1' },
      aliases: { ip: '10.0.0.1', fqdn: 'gpu-a1.example.org', bmcAddress: '10.9.0.1' },
    },
    {
      ...{ id: 'gpu-a2', kind: 'host', parent: 'r1' },
      aliases: { ip: '10.0.0.2', serial: 'SN-A2', bmcAddress: 'bmc-a2.example.org' },
    },
    ...parts('gpu-a1', { bmc: 1, gpu: 4, nic: 2, nvme: 1, psu: 2, fan: 2 }).map(part => ({
      ...part,
      aliases: A1_ALIASES[part.id],
    })),
    ...parts('gpu-a2', { bmc: 1, gpu: 4, nic: 2, psu: 2 }),
    { id: 'gpu-a1/gpu1/gi1', kind: 'gpuInstance', parent: 'gpu-a1/gpu1', aliases: { slot: '1' } },
    { id: 'gpu-a1/gpu1/gi2', kind: 'gpuInstance', parent: 'gpu-a1/gpu1', aliases: { slot: '2' } },
  ]);
