/**
 * The shipped mappings, best first: where two give the same signal of one entity, the earlier is
 * heard (see `owners.ts`). No two of them claim the same series.
 */
import type { Mapping } from '../mapping.ts';
import { amdDeviceMetrics, rocmSmi } from './amd.ts';
import { dcgmExporter } from './dcgm-exporter.ts';
import { infinibandExporter, snmpSwitch, ufmTelemetry } from './fabric.ts';
import { idracExporter } from './idrac-exporter.ts';
import { ipmiExporter } from './ipmi-exporter.ts';
import { kubelet, kubeScheduler, kubeStateMetrics } from './kubernetes.ts';
import { modbusCdu } from './modbus.ts';
import { chrony, nodeExporter } from './node-exporter.ts';
import { nvidiaGpuExporter } from './nvidia-gpu-exporter.ts';
import { redfishExporter } from './redfish-exporter.ts';
import { runtime } from './runtime.ts';
import { envoy, triton, vllm } from './serving.ts';
import { slurm } from './slurm.ts';
import { smartctlExporter } from './smartctl-exporter.ts';
import { snmpCooling, snmpPdu, snmpUps } from './snmp-power.ts';
import { targetClocks, targets } from './targets.ts';

export const MAPPINGS: readonly Mapping[] = [
  targets,
  dcgmExporter,
  nvidiaGpuExporter,
  amdDeviceMetrics,
  rocmSmi,
  chrony,
  nodeExporter,
  idracExporter,
  redfishExporter,
  ipmiExporter,
  kubeStateMetrics,
  kubelet,
  kubeScheduler,
  snmpPdu,
  snmpUps,
  snmpCooling,
  modbusCdu,
  infinibandExporter,
  ufmTelemetry,
  snmpSwitch,
  slurm,
  smartctlExporter,
  vllm,
  triton,
  envoy,
  runtime,
  targetClocks,
];
