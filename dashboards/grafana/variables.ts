/** The variables at the top of the boards. */
import type * as cog from '@grafana/grafana-foundation-sdk/cog';
import {
  ConstantVariableBuilder,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableHide,
  type VariableModel,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PROMETHEUS } from './panels.ts';
import type { Addresses } from './settings.ts';

export const datasourceVariable = () =>
  new DatasourceVariableBuilder('datasource')
    .label('Prometheus')
    .description('The Prometheus that scrapes Orrery and the exporters')
    .type('prometheus');

/** Values of a label of the info metrics, in the order a person would sort them. */
function labelValues(name: string, label: string, selector: string) {
  const query = `label_values(${selector}, ${name})`;
  return new QueryVariableBuilder(name)
    .label(label)
    .description(`${label} to show`)
    .datasource(PROMETHEUS)
    .query({ qryType: 1, query, refId: 'PrometheusVariableQueryEditor-VariableQuery' })
    .definition(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.NaturalAsc);
}

export const siteVariable = () => labelValues('site', 'Site', 'orrery_host_info');

/** `.*` for all also takes racks that stand in a hall without rows. */
export const rowVariable = () =>
  labelValues('row', 'Row', 'orrery_host_info{site="$site"}')
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ text: ['All'], value: ['$__all'] });

export const rackVariable = () =>
  labelValues('rack', 'Rack', 'orrery_host_info{site="$site", row=~"$row"}');

export const hostVariable = (within: 'rack' | 'site') =>
  labelValues(
    'host',
    'Host',
    within === 'rack'
      ? 'orrery_host_info{site="$site", rack=~"$rack"}'
      : 'orrery_host_info{site="$site"}',
  );

export const gpuVariable = () =>
  labelValues('gpu', 'GPU', 'orrery_gpu_info{site="$site", host="$host"}')
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ text: ['All'], value: ['$__all'] });

/** Where the links of panels find the runbooks; hidden, as no reader should have to set it. */
export function runbooksVariable({ runbooksUrl }: Addresses): cog.Builder<VariableModel> {
  const shown = new ConstantVariableBuilder('runbooks')
    .label('Runbooks')
    .description('Address of the runbooks')
    .value(runbooksUrl)
    .build();
  // the SDK's builder of constants knows no `hide`, which is why it is set here
  return { build: () => ({ ...shown, hide: VariableHide.HideVariable }) };
}
