/** Files that Grafana and Prometheus read at start. */
import type { Addresses } from './settings.ts';

/** Data sources for Grafana's provisioning/datasources. */
export const datasources = (addresses: Addresses) => ({
  apiVersion: 1,
  datasources: [
    {
      name: 'Orrery Prometheus',
      uid: 'orrery-prometheus',
      type: 'prometheus',
      access: 'proxy',
      url: addresses.prometheusUrl,
      // rate intervals of the boards are derived from it; as in prometheus.yml
      jsonData: { httpMethod: 'POST', timeInterval: '15s' },
    },
    {
      name: 'Orrery forecasts',
      uid: 'orrery-influxdb',
      type: 'influxdb',
      access: 'proxy',
      url: addresses.influxUrl,
      jsonData: { version: 'InfluxQL', dbName: addresses.influxDatabase, httpMode: 'GET' },
    },
  ],
});

/** Provider of the boards for Grafana's provisioning/dashboards. */
export const dashboardProvider = () => ({
  apiVersion: 1,
  providers: [
    {
      name: 'orrery',
      folder: 'Orrery',
      folderUid: 'orrery',
      type: 'file',
      disableDeletion: true,
      allowUiUpdates: false,
      updateIntervalSeconds: 60,
      options: { path: '/var/lib/grafana/dashboards/orrery' },
    },
  ],
});

const hostOf = (url: string) => new URL(url).host;

/**
 * Beginnings of the metrics that Orrery's mappings read. A list of what to keep, not of what to
 * drop: Prometheus holds many times more, and what Orrery itself exports must not come back to it.
 */
const FORWARDED = [
  ...['DCGM_', 'nvidia_smi_', 'gpu_', 'amd_', 'pcie_', 'node_', 'chrony_', 'openshift_ptp_'],
  ...['ipmi_', 'idrac_', 'redfish_', 'kube_', 'container_', 'scheduler_', 'slurm_', 'smartctl_'],
  ...['rPDU', 'inlet', 'outlet', 'measurements', 'infeed', 'st4', 'up', 'infiniband_', 'Port'],
  ...['SymbolError', 'Link', 'if(HC)?(In|Out)', 'sysUpTime', 'vllm[:_]', 'nv_', 'envoy_'],
  ...['airIRRC', 'cdu_'],
];

/** Pattern of the metrics that are sent on, as Prometheus takes it: anchored at both ends. */
export const FORWARDED_PATTERN = `(${FORWARDED.join('|')}).*`;

/** An example prometheus.yml: scrapes Orrery and what Orrery lists, and feeds it in turn. */
export const prometheusConfig = (addresses: Addresses) => ({
  global: { scrape_interval: '15s', evaluation_interval: '15s' },
  rule_files: ['orrery.rules.yml'],
  alerting: {
    alertmanagers: [{ static_configs: [{ targets: [hostOf(addresses.alertmanagerUrl)] }] }],
  },
  scrape_configs: [
    {
      job_name: 'orrery',
      static_configs: [{ targets: [hostOf(addresses.orreryUrl)] }],
    },
    {
      job_name: 'orrery-targets',
      // keeps the namespace and pod that dcgm-exporter gives for the job on a GPU
      honor_labels: true,
      http_sd_configs: [{ url: `${addresses.orreryUrl}/sd`, refresh_interval: '60s' }],
    },
  ],
  remote_write: [
    {
      url: `${addresses.orreryUrl}/api/v1/write`,
      write_relabel_configs: [
        { source_labels: ['__name__'], regex: FORWARDED_PATTERN, action: 'keep' },
      ],
    },
  ],
});
