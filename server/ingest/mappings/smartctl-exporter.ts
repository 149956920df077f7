/** smartctl_exporter: NVMe drives. */
import type { Mapping, MappingRow } from '../mapping.ts';
import { PERCENT } from './rows.ts';

const drive = (name: string, signal: string, extra: Partial<MappingRow> = {}): MappingRow => ({
  ...{ metrics: [`smartctl_device_${name}`], signal, entity: 'nvme' },
  ...{ where: { device: /nvme/ }, ...extra },
});

export const smartctlExporter: Mapping = {
  id: 'smartctl_exporter',
  title: 'smartctl_exporter',
  checkedAgainst: 'descriptions in its source and sample lines of users',
  rows: [
    drive('percentage_used', 'diskWearRatio', { scale: PERCENT }),
    drive('media_errors', 'diskMediaErrorCount'),
    drive('temperature', 'diskTempC', {
      where: { device: /nvme/, temperature_type: ['current', ''] },
    }),
    drive('smart_status', 'healthCode', { values: { '1': 0, '0': 2 } }),
  ],
  ignore: [/^smartctl_/],
};
