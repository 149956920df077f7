/** The shipped mappings. The order does not matter: no two of them claim the same series. */
import type { Mapping } from '../mapping.ts';
import { amdDeviceMetrics, rocmSmi } from './amd.ts';
import { dcgmExporter } from './dcgm-exporter.ts';
import { infinibandExporter, snmpSwitch, ufmTelemetry } from './fabric.ts';
import { idracExporter } from './idrac-exporter.ts';
import { ipmiExporter } from './ipmi-exporter.ts';
import { kubelet, kubeScheduler, kubeStateMetrics } from './kubernetes.ts';
import { chrony, nodeExporter } from './node-exporter.ts';
import { nvidiaGpuExporter } from './nvidia-gpu-exporter.ts';
import { redfishExporter } from './redfish-exporter.ts';
import { runtime } from './runtime.ts';
import { envoy, triton, vllm } from './serving.ts';
import { slurm } from './slurm.ts';
import { smartctlExporter } from './smartctl-exporter.ts';
import { snmpPdu, snmpUps } from './snmp-power.ts';

export const MAPPINGS: readonly Mapping[] = [
  dcgmExporter,
  nvidiaGpuExporter,
  amdDeviceMetrics,
  rocmSmi,
  nodeExporter,
  chrony,
  ipmiExporter,
  idracExporter,
  redfishExporter,
  kubeStateMetrics,
  kubelet,
  kubeScheduler,
  snmpPdu,
  snmpUps,
  infinibandExporter,
  ufmTelemetry,
  snmpSwitch,
  slurm,
  smartctlExporter,
  vllm,
  triton,
  envoy,
  runtime,
];
