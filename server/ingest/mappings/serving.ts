/** What the GPUs serve: vLLM, Triton, and Envoy in front of them. */
import type { Mapping, MappingRow } from '../mapping.ts';
import { MILLI, rowsOf } from './rows.ts';

const host = rowsOf('host', { combine: 'sum' });

/** Some pipelines replace the colon, which is reserved for recording rules. */
const vllmName = (name: string) => [`vllm:${name}`, `vllm_${name}`];

export const vllm: Mapping = {
  id: 'vllm',
  title: 'vLLM',
  checkedAgainst: 'names in its source; no page',
  rows: [
    host(vllmName('num_requests_running'), 'requestsRunningCount'),
    host(vllmName('num_requests_waiting'), 'requestsWaitingCount'),
    host(
      [...vllmName('kv_cache_usage_perc'), ...vllmName('gpu_cache_usage_perc')],
      'kvCacheUsedRatio',
      { combine: 'max' },
    ),
    host(vllmName('generation_tokens_total'), 'tokensPerS', { mode: 'rate' }),
    host(vllmName('request_success_total'), 'requestsPerS', { mode: 'rate' }),
    host(vllmName('request_success_total'), 'errorsPerS', {
      where: { finished_reason: ['error', 'abort'] },
      mode: 'rate',
    }),
    host(vllmName('e2e_request_latency_seconds_sum'), 'requestLatencyS', {
      mode: 'rate',
      over: { metrics: vllmName('e2e_request_latency_seconds_count') },
    }),
  ],
  ignore: [/^vllm[:_]/],
};

const gpu = (name: string, signal: string): MappingRow => ({
  ...{ metrics: [name], signal, entity: 'gpu' },
});

export const triton: Mapping = {
  id: 'triton',
  title: 'NVIDIA Triton Inference Server',
  checkedAgainst: 'names from memory; no page',
  rows: [
    host(['nv_inference_request_success'], 'requestsPerS', { mode: 'rate' }),
    host(['nv_inference_request_failure'], 'errorsPerS', { mode: 'rate' }),
    host(['nv_inference_pending_request_count'], 'requestsWaitingCount'),
    host(['nv_inference_request_duration_us'], 'requestLatencyS', {
      mode: 'rate',
      over: { metrics: ['nv_inference_request_success'] },
      scale: 1e-6,
    }),
    gpu('nv_gpu_utilization', 'utilRatio'),
    gpu('nv_gpu_power_usage', 'gpuPowerW'),
    gpu('nv_gpu_power_limit', 'gpuPowerLimitW'),
    gpu('nv_energy_consumption', 'gpuEnergyJ'),
    gpu('nv_gpu_memory_used_bytes', 'gpuMemUsedBytes'),
    gpu('nv_gpu_memory_total_bytes', 'gpuMemTotalBytes'),
  ],
  ignore: [/^nv_/],
};

/** Envoy's own admin listener is no traffic. */
const TRAFFIC = { envoy_http_conn_manager_prefix: /^(?!admin$)./ };

export const envoy: Mapping = {
  id: 'envoy',
  title: 'Envoy',
  checkedAgainst: 'names from memory; no page',
  rows: [
    host(['envoy_http_downstream_rq_total'], 'requestsPerS', { where: TRAFFIC, mode: 'rate' }),
    host(['envoy_http_downstream_rq_active'], 'requestsRunningCount', { where: TRAFFIC }),
    host(['envoy_http_downstream_rq_xx'], 'errorsPerS', {
      where: { ...TRAFFIC, envoy_response_code_class: '5' },
      mode: 'rate',
    }),
    // Milliseconds.
    host(['envoy_http_downstream_rq_time_sum'], 'requestLatencyS', {
      ...{ where: TRAFFIC, mode: 'rate', scale: MILLI },
      over: { metrics: ['envoy_http_downstream_rq_time_count'] },
    }),
  ],
  ignore: [/^envoy_/],
};
