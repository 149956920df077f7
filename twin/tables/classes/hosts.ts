/**
 * Host classes. `powerMaxW` is the most the whole machine takes from the wall, not the sum of its
 * GPUs. `uplinkBytesPerS` is the sum of its compute NICs, per direction. `cpuTdpW` and `dimmCount`
 * are per socket and per host. `psuRequiredCount` PSUs must work to carry `powerMaxW`.
 */
import type { Component, Figure, Figures, HardwareClass } from '../catalogue.ts';
import { INLET_CLASSES } from '../constants.ts';
import type { Kind } from '../kinds.ts';
import { coolantShutdownTempC, HOST_OFF } from '../physics/host-off.ts';
import { chosen, computed, recalled, seen } from './figure.ts';

const CFM_M3_PER_S = 0.3048 ** 3 / 60;
const TIB = 2 ** 40;
const GIB = 2 ** 30;

const airflow = (cfm: number, figure: (value: number, source: string) => Figure, source: string) =>
  figure(cfm * CFM_M3_PER_S, `${source}: ${cfm} CFM`);

type Part = readonly [kind: Kind, count: number, partClass?: string];
const parts = (...list: readonly Part[]): readonly Component[] =>
  list.map(([kind, count, partClass]) => ({
    kind,
    count,
    ...(partClass ? { class: partClass } : {}),
  }));

const host = (
  id: string,
  title: string,
  figures: Figures,
  components: readonly Component[],
  cooling: 'air' | 'liquid' = 'air',
): HardwareClass => ({
  id,
  kind: 'host',
  title,
  figures,
  components,
  traits: { cooling, airflow: 'frontToRear' },
});

const A100_GUIDE = 'DGX A100 user guide';
const H100_GUIDE = 'DGX H100/H200 user guide';
const B200_GUIDE = 'DGX B200 user guide';
const B300_GUIDE = 'DGX B300 user guide';
const GB200_GUIDE = 'DGX GB200 user guide';
const OPERATING = 'Operating range in the user guide';

const cpuMaxTempC = recalled(95, 'Throttling of server processors');

const HEAT_OFF: Figures = {
  inletShutdownTempC: HOST_OFF.inletShutdownTempC,
  coolantShutdownTempC: HOST_OFF.coolantShutdownTempC,
};

const DGX_ROOM: Figures = {
  ...HEAT_OFF,
  inletMinTempC: recalled(5, OPERATING),
  inletMaxTempC: recalled(30, OPERATING),
  cpuMaxTempC,
};

const A2_ROOM: Figures = {
  ...HEAT_OFF,
  inletMinTempC: recalled(INLET_CLASSES.A2.minTempC, 'ASHRAE A2'),
  inletMaxTempC: recalled(INLET_CLASSES.A2.maxTempC, 'ASHRAE A2'),
  cpuMaxTempC,
};

const H100_FIGURES: Figures = {
  powerMaxW: seen(10_200, H100_GUIDE),
  powerIdleW: recalled(1_900, 'Reports of users: 1.6-2.2 kW with idle GPUs'),
  heightU: seen(8, H100_GUIDE),
  airflowM3PerS: airflow(1105, seen, `${H100_GUIDE}, fans at 80 %`),
  fanPowerMaxW: recalled(1_500, 'Reports of users: 10-15 % of the machine'),
  memBytes: seen(2 * TIB, H100_GUIDE),
  dimmCount: seen(32, H100_GUIDE),
  cpuTdpW: recalled(350, 'Intel Xeon 8480C data sheet'),
  psuRequiredCount: seen(4, `${H100_GUIDE}: 4 + 2`),
  uplinkBytesPerS: computed(8 * 50e9, 'Eight ports of 400 Gbit/s'),
  ...DGX_ROOM,
};

const h100Parts = (gpuClass: string) =>
  parts(
    ['socket', 2],
    ['numa', 2],
    ['pcieSwitch', 4],
    ['nvswitch', 4, 'nvswitch-3'],
    ['gpu', 8, gpuClass],
    ['nic', 8, 'nic-400g'],
    ['nvme', 10, 'nvme-3840gb'],
    ['psu', 6, 'psu-3300-titanium'],
    ['fan', 12],
    ['bmc', 1],
  );

const TRAY_PARTS = (gpuClass: string, nicClass: string) =>
  parts(
    ['socket', 2],
    ['numa', 2],
    ['gpu', 4, gpuClass],
    ['nic', 4, nicClass],
    ['nvme', 8, 'nvme-3840gb'],
    ['fan', 8],
    ['bmc', 1],
  );

const TRAY_FIGURES: Figures = {
  heightU: seen(1, GB200_GUIDE),
  airflowM3PerS: airflow(120, recalled, 'Share of the 17 kW of a rack that leaves by air'),
  fanPowerMaxW: recalled(250, 'Eight small fans'),
  memBytes: recalled(2 * 480 * GIB, 'LPDDR5X of two Grace processors'),
  cpuTdpW: recalled(300, 'Share of a Grace processor in the superchip'),
  liquidHeatRatio: recalled(0.87, 'NVL72: about 115 kW of 132 kW into the liquid'),
  ...A2_ROOM,
  coolantShutdownTempC: coolantShutdownTempC(300),
};

export const HOST_CLASSES: readonly HardwareClass[] = [
  host(
    'dgx-a100',
    'DGX A100, eight A100 80 GB',
    {
      powerMaxW: seen(6_500, A100_GUIDE),
      powerIdleW: recalled(1_300, 'Reports of users'),
      heightU: seen(6, A100_GUIDE),
      airflowM3PerS: airflow(840, seen, `${A100_GUIDE}, fans at 80 %`),
      fanPowerMaxW: recalled(800, 'Reports of users'),
      memBytes: recalled(2 * TIB, A100_GUIDE),
      dimmCount: recalled(32, A100_GUIDE),
      cpuTdpW: recalled(225, 'AMD EPYC 7742 data sheet'),
      psuRequiredCount: recalled(3, `${A100_GUIDE}: 3 + 3`),
      uplinkBytesPerS: computed(8 * 25e9, 'Eight ports of 200 Gbit/s'),
      ...DGX_ROOM,
    },
    parts(
      ['socket', 2],
      ['numa', 2],
      ['pcieSwitch', 4],
      ['nvswitch', 6, 'nvswitch-2'],
      ['gpu', 8, 'a100-sxm4-80gb'],
      ['nic', 8, 'nic-200g'],
      ['nvme', 10, 'nvme-3840gb'],
      ['psu', 6, 'psu-3000-titanium'],
      ['fan', 8],
      ['bmc', 1],
    ),
  ),
  host('dgx-h100', 'DGX or HGX H100, eight GPUs', H100_FIGURES, h100Parts('h100-sxm5-80gb')),
  host('dgx-h200', 'DGX or HGX H200, eight GPUs', H100_FIGURES, h100Parts('h200-sxm5-141gb')),
  host(
    'dgx-b200',
    'DGX or HGX B200, eight GPUs',
    {
      powerMaxW: seen(14_300, B200_GUIDE),
      powerIdleW: recalled(2_600, 'Eight idle GPUs of 140 W and the rest of an H100 host'),
      heightU: seen(10, B200_GUIDE),
      airflowM3PerS: airflow(1550, recalled, B200_GUIDE),
      fanPowerMaxW: recalled(2_000, 'Reports of users: 10-15 % of the machine'),
      memBytes: seen(2 * TIB, B200_GUIDE),
      dimmCount: seen(32, B200_GUIDE),
      cpuTdpW: recalled(350, 'Intel Xeon 8570 data sheet'),
      psuRequiredCount: computed(5, '14.3 kW over supplies of 3.3 kW'),
      uplinkBytesPerS: computed(8 * 50e9, 'Eight ports of 400 Gbit/s'),
      ...DGX_ROOM,
      inletMinTempC: recalled(10, OPERATING),
      inletMaxTempC: recalled(35, OPERATING),
    },
    parts(
      ['socket', 2],
      ['numa', 2],
      ['pcieSwitch', 4],
      ['nvswitch', 2, 'nvswitch-5'],
      ['gpu', 8, 'b200-sxm-180gb'],
      ['nic', 8, 'nic-400g'],
      ['nvme', 10, 'nvme-3840gb'],
      ['psu', 6, 'psu-3300-titanium'],
      ['fan', 20],
      ['bmc', 1],
    ),
  ),
  host(
    'dgx-b300',
    'DGX or HGX B300, eight GPUs, with power supplies of its own',
    {
      powerMaxW: seen(15_000, 'Data Center Best Practices with DGX B300; peaks to 19.7 kW'),
      powerIdleW: recalled(2_600, 'As DGX B200, whose GPUs idle alike'),
      heightU: seen(10, B300_GUIDE),
      airflowM3PerS: airflow(1500, seen, B300_GUIDE),
      fanPowerMaxW: recalled(2_000, 'Reports of users: 10-15 % of the machine'),
      memBytes: seen(2 * TIB, B300_GUIDE),
      dimmCount: recalled(32, 'HGX B300 servers of makers'),
      cpuTdpW: recalled(350, 'Intel Xeon 6776P data sheet'),
      psuRequiredCount: seen(6, `${B300_GUIDE}: N + N`),
      uplinkBytesPerS: computed(8 * 100e9, 'Eight ports of 800 Gbit/s'),
      ...DGX_ROOM,
      inletMinTempC: seen(10, OPERATING),
      inletMaxTempC: seen(35, OPERATING),
    },
    // The PCIe switches are those built in with the NICs. No guide says how many fans there are.
    parts(
      ['socket', 2],
      ['numa', 2],
      ['pcieSwitch', 8],
      ['nvswitch', 2, 'nvswitch-5'],
      ['gpu', 8, 'b300-sxm6-288gb'],
      ['nic', 8, 'nic-800g'],
      ['nvme', 10, 'nvme-3840gb'],
      ['psu', 12, 'psu-3200-titanium'],
      ['bmc', 1],
    ),
  ),
  host(
    'gb200-nvl72-tray',
    'GB200 NVL72 compute tray, four GPUs',
    {
      ...TRAY_FIGURES,
      powerMaxW: computed(6_300, '18 trays and 9 switch trays of 0.7 kW share 120 kW'),
      powerIdleW: recalled(1_300, 'Four idle GPUs, two processors and NICs'),
      uplinkBytesPerS: computed(4 * 50e9, 'Four ports of 400 Gbit/s'),
    },
    TRAY_PARTS('gb200', 'nic-400g'),
    'liquid',
  ),
  host(
    'gb300-nvl72-tray',
    'GB300 NVL72 compute tray, four GPUs',
    {
      ...TRAY_FIGURES,
      powerMaxW: computed(7_100, 'GB200 tray and 200 W more for each GPU'),
      powerIdleW: recalled(1_400, 'Four idle GPUs, two processors and NICs'),
      uplinkBytesPerS: seen(4 * 100e9, 'Device type ARS-121GL-NB3: four ports of 800 Gbit/s'),
    },
    TRAY_PARTS('gb300', 'nic-800g'),
    'liquid',
  ),
  host(
    'l40s-8x',
    'Server with eight L40S',
    {
      powerMaxW: computed(4_400, '8 GPUs of 350 W, 2 processors of 350 W, 900 W for the rest'),
      powerIdleW: recalled(850, 'Eight idle GPUs of 36 W and an idle two-socket server'),
      heightU: recalled(4, 'Server makers'),
      airflowM3PerS: airflow(480, computed, '16 K at 4.4 kW'),
      fanPowerMaxW: recalled(500, 'Reports of users: 10-15 % of the machine'),
      memBytes: chosen(1 * TIB, 'Common choice'),
      cpuTdpW: recalled(350, 'Intel Xeon 8400 data sheets'),
      psuRequiredCount: recalled(2, 'Server makers: 2 + 2'),
      uplinkBytesPerS: computed(2 * 25e9, 'Two ports of 200 Gbit/s'),
      ...A2_ROOM,
    },
    parts(
      ['socket', 2],
      ['numa', 2],
      ['pcieSwitch', 2],
      ['gpu', 8, 'l40s'],
      ['nic', 2, 'nic-200g'],
      ['nvme', 4, 'nvme-3840gb'],
      ['psu', 4, 'psu-2700-titanium'],
      ['fan', 8],
      ['bmc', 1],
    ),
  ),
  host(
    'mi300x-8x',
    'Server with eight MI300X',
    {
      powerMaxW: recalled(9_000, 'Three supplies of 3 kW; eight GPUs alone take 6 kW'),
      powerIdleW: recalled(2_000, 'Eight idle GPUs of 140 W and an idle two-socket server'),
      heightU: seen(8, 'Device type AS-8125GS-TNMR2'),
      airflowM3PerS: airflow(1000, computed, '16 K at 9 kW'),
      fanPowerMaxW: recalled(1_300, 'Reports of users: 10-15 % of the machine'),
      memBytes: chosen(2.25 * TIB, 'Twenty-four DIMMs of 96 GiB'),
      dimmCount: recalled(24, 'Device type AS-8125GS-TNMR2'),
      cpuTdpW: recalled(400, 'AMD EPYC 9004 data sheets'),
      psuRequiredCount: recalled(3, 'Six supplies of 3 kW, 3 + 3'),
      uplinkBytesPerS: seen(8 * 50e9, 'Device type AS-8125GS-TNMR2: eight ports of 400 Gbit/s'),
      ...A2_ROOM,
    },
    parts(
      ['socket', 2],
      ['numa', 2],
      ['pcieSwitch', 4],
      ['gpu', 8, 'mi300x'],
      ['nic', 8, 'nic-400g'],
      ['nvme', 8, 'nvme-3840gb'],
      ['psu', 6, 'psu-3000-titanium'],
      ['fan', 10],
      ['bmc', 1],
    ),
  ),
  host(
    'cpu-host',
    'Two-socket server without GPUs',
    {
      powerMaxW: recalled(900, 'Two processors of 280 W, memory, drives and fans'),
      powerIdleW: recalled(220, 'Published SPECpower results of two-socket servers'),
      heightU: recalled(2, 'Server makers'),
      airflowM3PerS: airflow(100, computed, '16 K at 0.9 kW'),
      fanPowerMaxW: recalled(100, 'Reports of users'),
      memBytes: chosen(512 * GIB, 'Common choice'),
      cpuTdpW: recalled(280, 'AMD EPYC 9004 data sheets'),
      psuRequiredCount: recalled(1, 'Server makers: 1 + 1'),
      uplinkBytesPerS: computed(2 * 3.125e9, 'Two ports of 25 Gbit/s'),
      ...A2_ROOM,
    },
    parts(
      ['socket', 2],
      ['numa', 2],
      ['nic', 2, 'nic-25g'],
      ['nvme', 4, 'nvme-3840gb'],
      ['psu', 2, 'psu-1200-platinum'],
      ['fan', 6],
      ['bmc', 1],
    ),
  ),
  host(
    'reference-8gpu',
    'Host of the reference site for benchmarks: eight GPUs, two PSUs, two NICs',
    {
      ...H100_FIGURES,
      psuRequiredCount: chosen(1, 'Either feed carries the whole host'),
      uplinkBytesPerS: computed(2 * 50e9, 'Two ports of 400 Gbit/s'),
    },
    parts(['gpu', 8, 'h100-sxm5-80gb'], ['nic', 2, 'nic-400g'], ['psu', 2, 'psu-12000-reference']),
  ),
];
