/** Files that Grafana and Prometheus read at start. */
import type { Addresses } from './settings.ts';

/** Data sources for Grafana's provisioning/datasources. */
export const datasources = (addresses: Addresses) => ({
  apiVersion: 1,
  prune: true,
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

/** Metrics of exporters that Orrery's mappings read; its own are not sent back to it. */
const FORWARDED =
  '(DCGM|node|ipmi|kube|container|nvidia_smi|rocm|amd|infiniband|redfish|idrac|slurm|' +
  'smartctl|vllm|nv_inference|envoy|rPDU2|scheduler|ups)_?.*';

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
      write_relabel_configs: [{ source_labels: ['__name__'], regex: FORWARDED, action: 'keep' }],
    },
  ],
});
