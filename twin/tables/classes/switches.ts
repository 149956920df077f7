/**
 * Switches, NVSwitches, NICs and drives. Port and uplink bandwidths are per direction;
 * `downlinkBytesPerS / uplinkBytesPerS` is the oversubscription of the class as wired by default.
 */
import type { Figure, HardwareClass } from '../catalogue.ts';
import { chosen, computed, plainClass, recalled, seen } from './figure.ts';

interface SwitchSpec {
  readonly portCount: number;
  readonly uplinkPortCount: number;
  readonly portGbps: number;
  readonly powerMaxW: Figure;
  readonly powerIdleW: Figure;
  readonly airflow?: 'frontToRear' | 'rearToFront';
}

const BYTES_PER_GBIT = 1.25e8;
/** 1-5 µs a hop; fibre adds 5 µs a kilometre. */
const HOP_S = recalled(1e-6, 'Cut-through switch with forward error correction');

function networkSwitch(
  kind: 'tor' | 'eor' | 'spine',
  id: string,
  title: string,
  spec: SwitchSpec,
): HardwareClass {
  const portBytesPerS = spec.portGbps * BYTES_PER_GBIT;
  const down = spec.portCount - spec.uplinkPortCount;
  const { powerMaxW, powerIdleW } = spec;
  return {
    id,
    kind,
    title,
    figures: {
      portCount: chosen(spec.portCount, `${title}: common size`),
      portBytesPerS: computed(portBytesPerS, `${spec.portGbps} Gbit/s`),
      uplinkPortCount: chosen(spec.uplinkPortCount, 'Orrery: default wiring'),
      uplinkBytesPerS: computed(spec.uplinkPortCount * portBytesPerS, 'Uplink ports'),
      downlinkBytesPerS: computed(down * portBytesPerS, 'The other ports'),
      hopLatencyS: HOP_S,
      powerMaxW,
      powerIdleW,
      heightU: chosen(1, 'Fixed switches; chassis are classes of an inventory'),
    },
    traits: { airflow: spec.airflow ?? 'frontToRear' },
  };
}

const SWITCH_400G = {
  portGbps: 400,
  powerMaxW: recalled(1720, 'QM9700 data sheet, active cables'),
  powerIdleW: recalled(750, 'QM9700 data sheet, passive cables'),
} as const;

const nvswitch = (id: string, title: string, ports: number, linkBytesPerS: number, watts: number) =>
  plainClass('nvswitch', id, title, {
    portCount: recalled(ports, 'NVIDIA architecture papers'),
    portBytesPerS: recalled(linkBytesPerS, 'NVIDIA architecture papers, per direction'),
    powerMaxW: recalled(watts, 'Part of the system maximum of the host'),
  });

const nic = (id: string, title: string, gbps: number, watts: Figure) =>
  plainClass('nic', id, title, {
    linkMaxBytesPerS: computed(gbps * BYTES_PER_GBIT, `${gbps} Gbit/s, per direction`),
    powerMaxW: watts,
  });

export const SWITCH_CLASSES: readonly HardwareClass[] = [
  networkSwitch('tor', 'tor-32x100g', 'Top-of-rack switch, 32 x 100G', {
    portCount: 32,
    uplinkPortCount: 8,
    portGbps: 100,
    powerMaxW: recalled(600, 'Data sheets of makers'),
    powerIdleW: recalled(250, 'Data sheets of makers'),
  }),
  networkSwitch('tor', 'tor-64x400g', 'Top-of-rack switch, 64 x 400G', {
    ...SWITCH_400G,
    portCount: 64,
    uplinkPortCount: 32,
  }),
  networkSwitch('eor', 'eor-64x400g', 'End-of-row switch, 64 x 400G', {
    ...SWITCH_400G,
    portCount: 64,
    uplinkPortCount: 16,
  }),
  networkSwitch('spine', 'spine-64x400g', 'Spine switch, 64 x 400G', {
    ...SWITCH_400G,
    portCount: 64,
    uplinkPortCount: 8,
  }),
  networkSwitch('spine', 'spine-64x800g', 'Spine switch, 64 x 800G', {
    portCount: 64,
    uplinkPortCount: 8,
    portGbps: 800,
    powerMaxW: recalled(2800, 'Data sheets of makers'),
    powerIdleW: recalled(1200, 'Data sheets of makers'),
  }),
  networkSwitch('tor', 'qm9700', 'NVIDIA QM9700, 64 x 400G InfiniBand', {
    ...SWITCH_400G,
    portCount: 64,
    uplinkPortCount: 32,
    airflow: 'rearToFront',
  }),
  nvswitch('nvswitch-2', 'NVSwitch of A100 systems', 36, 25e9, 100),
  nvswitch('nvswitch-3', 'NVSwitch of H100 systems', 64, 25e9, 160),
  nvswitch('nvswitch-5', 'NVSwitch of Blackwell systems', 72, 50e9, 350),
  nic('nic-25g', 'NIC port, 25 Gbit/s', 25, recalled(10, 'Data sheets of makers')),
  nic('nic-200g', 'NIC port, 200 Gbit/s', 200, recalled(20, 'NICs take 15-25 W')),
  nic('nic-400g', 'NIC port, 400 Gbit/s', 400, recalled(25, 'NICs take 15-25 W')),
  nic('nic-800g', 'NIC port, 800 Gbit/s', 800, recalled(50, 'ConnectX-8 with optics')),
  plainClass('nvme', 'nvme-3840gb', 'NVMe drive, 3.84 TB', {
    capacityBytes: seen(3.84e12, 'DGX B200 user guide'),
    powerMaxW: recalled(18, 'Data sheets of makers'),
    powerIdleW: recalled(5, 'Data sheets of makers'),
  }),
];
