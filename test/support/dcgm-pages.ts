/** dcgm-exporter as far as a test needs one: a page a loopback address, changed while it is served. */
import { createServer, type Server } from 'node:http';

interface GpuFigures {
  readonly powerW: number;
  readonly tempC: number;
}

/** A page of one host in the exporter's form, its GPUs numbered from 0. */
export function dcgmPage(host: string, gpus: readonly GpuFigures[]): string {
  const family = (name: string, help: string, value: (gpu: GpuFigures) => number) => [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} gauge`,
    ...gpus.map((gpu, i) => `${name}{${labelsOf(host, i)}} ${value(gpu)}`),
  ];
  const lines = [
    ...family('DCGM_FI_DEV_POWER_USAGE', 'Power draw (in W).', gpu => gpu.powerW),
    ...family('DCGM_FI_DEV_GPU_TEMP', 'GPU temperature (in C).', gpu => gpu.tempC),
  ];
  return `${lines.join('\n')}\n`;
}

function labelsOf(host: string, gpu: number): string {
  const uuid = `GPU-${Buffer.from(host).toString('hex').padStart(32, '0')}-${gpu}`;
  return [
    ...[`gpu="${gpu}"`, `UUID="${uuid}"`, `device="nvidia${gpu}"`],
    ...[`modelName="NVIDIA H100 80GB HBM3"`, `Hostname="${host}"`],
  ].join(',');
}

/** Power and temperature by GPU number, as a person would read them off the page. */
export function readGpus(page: string): ReadonlyMap<number, GpuFigures> {
  const read = (name: string) =>
    new Map(
      [...page.matchAll(new RegExp(`^${name}\\{.*?gpu="(\\d+)".*?\\} (\\S+)$`, 'gm'))].map(
        ([, gpu, value]) => [Number(gpu), Number(value)] as const,
      ),
    );
  const temps = read('DCGM_FI_DEV_GPU_TEMP');
  const powers = read('DCGM_FI_DEV_POWER_USAGE');
  return new Map(
    [...powers].map(([gpu, powerW]) => [gpu, { powerW, tempC: temps.get(gpu) ?? Number.NaN }]),
  );
}

export interface PageServer {
  readonly port: number;
  /** Serves this text at the address from now on. */
  set(address: string, page: string): void;
  pageAt(address: string): string;
  close(): void;
}

/** One port on every loopback address; which page depends on the address that was asked. */
export async function servePages(pages: Readonly<Record<string, string>>): Promise<PageServer> {
  const current = new Map(Object.entries(pages));
  const server: Server = createServer((request, response) => {
    const page = current.get(request.socket.localAddress ?? '');
    response.writeHead(page === undefined ? 404 : 200, { 'content-type': 'text/plain' });
    response.end(page);
  });
  // Every address of 127.0.0.0/8 reaches this machine only; the page is chosen by address.
  await new Promise<void>(done => server.listen(0, '0.0.0.0', done));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    set: (at, page) => void current.set(at, page),
    pageAt: at => current.get(at) ?? '',
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
