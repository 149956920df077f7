/** Real partners of the chain besides Prometheus: Alertmanager, VictoriaMetrics and two exporters. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { IPMI_USER } from './ipmi-sim.ts';
import { freePort, type OutsideProcess, startProgram, temporaryDir } from './outside-process.ts';

export interface Partner extends OutsideProcess {
  readonly url: string;
  readonly port: number;
}

const answers = (url: string) => async () => (await fetch(url)).ok;

/**
 * @param port to come back where a former one stood; a free one unless given
 * @param more of its configuration, beside a receiver that does nothing
 */
export async function startAlertmanager(port?: number, more: object = {}): Promise<Partner> {
  const dir = await temporaryDir('alertmanager');
  const at = port ?? (await freePort());
  const config = { route: { receiver: 'nobody' }, receivers: [{ name: 'nobody' }], ...more };
  await writeFile(join(dir, 'am.yml'), stringify(config));
  const url = `http://127.0.0.1:${at}`;
  const args = ['--config.file=am.yml', '--storage.path=am', '--cluster.listen-address='];
  args.push(`--web.listen-address=127.0.0.1:${at}`);
  const program = await startProgram(
    'prometheus-alertmanager',
    args,
    dir,
    answers(`${url}/-/ready`),
  );
  return { ...program, url, port: at };
}

interface AlertmanagerAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly status: { readonly state: string };
}

/** Alerts that have not ended. */
export async function alertsIn({ url }: Partner): Promise<readonly AlertmanagerAlert[]> {
  return (await (await fetch(`${url}/api/v2/alerts`)).json()) as AlertmanagerAlert[];
}

export async function startVictoriaMetrics(): Promise<Partner> {
  const dir = await temporaryDir('victoria');
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const args = ['-storageDataPath=data', `-httpListenAddr=127.0.0.1:${port}`];
  // It leaves out the newest 30 s unless told: a test does not wait that long.
  args.push('-search.latencyOffset=1s', '-memory.allowedBytes=128MB');
  const program = await startProgram('victoria-metrics', args, dir, answers(`${url}/health`));
  return { ...program, url, port };
}

/** @param address loopback address that stands for the host */
export async function startNodeExporter(address: string): Promise<Partner> {
  const dir = await temporaryDir('node-exporter');
  const port = await freePort();
  const url = `http://${address}:${port}`;
  const args = [`--web.listen-address=${address}:${port}`, '--collector.disable-defaults'];
  args.push('--collector.meminfo', '--collector.stat', '--collector.loadavg');
  const program = await startProgram('prometheus-node-exporter', args, dir, answers(url));
  return { ...program, url, port };
}

/** Asks simulated BMCs with the user of the simulator's fixture. */
export async function startIpmiExporter(): Promise<Partner> {
  const dir = await temporaryDir('ipmi-exporter');
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const module = {
    ...{ user: IPMI_USER.username, pass: IPMI_USER.password, privilege: 'admin' },
    ...{ driver: 'LAN_2_0', timeout: 10_000, collectors: ['bmc', 'ipmi', 'chassis'] },
    // The simulator answers the session request of freeipmi in the way of older BMCs.
    workaround_flags: ['opensesspriv'],
  };
  await writeFile(join(dir, 'ipmi.yml'), stringify({ modules: { default: module } }));
  const args = ['--config.file=ipmi.yml', `--web.listen-address=127.0.0.1:${port}`];
  const program = await startProgram('prometheus-ipmi-exporter', args, dir, answers(url));
  return { ...program, url, port };
}
