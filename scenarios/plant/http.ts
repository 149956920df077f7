/** The plant's one HTTP server: every exporter page by path, the truth, and the fault switches. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { describeFaults, FAULT_KINDS, type Fault, type FaultAnswer } from './faults.ts';
import { renderCdu } from './pages/cdu.ts';
import { createDcgmPages } from './pages/dcgm.ts';
import { CONTENT_TYPE } from './pages/exposition.ts';
import { createIpmiPages } from './pages/ipmi.ts';
import { renderKubeState } from './pages/kube-state-metrics.ts';
import { renderKubelet } from './pages/kubelet.ts';
import { createNodeExporterPages } from './pages/node-exporter.ts';
import { createSnmpPages } from './pages/snmp.ts';
import { readJson } from './redfish/bmc-server.ts';
import { clear, inject, type Simulation } from './simulation.ts';
import type { PlantTarget } from './targets.ts';
import { readTruth } from './truth.ts';

interface PlantPages {
  /** Text of a page, `undefined` when nothing answers there, `null` when it fails to answer. */
  render(path: string, query: URLSearchParams): string | undefined | null;
}

const DEAD = null;

export function createPlantPages(simulation: Simulation): PlantPages {
  const { layout } = simulation;
  const dcgm = createDcgmPages(simulation);
  const nodes = createNodeExporterPages(simulation);
  const ipmi = createIpmiPages(simulation);
  const snmp = createSnmpPages(simulation);
  const byBmc = new Map(layout.site.hosts.map((host, at) => [host.bmcAddress, at]));
  const byCdu = new Map(layout.site.cdus.map((cdu, at) => [cdu.address ?? cdu.id, at]));
  const hostPage = (id: string, page: (host: number) => string | undefined) => {
    const host = layout.hostIndex.get(decodeURIComponent(id));
    return host === undefined ? undefined : (page(host) ?? DEAD);
  };
  const pick = <T>(index: T | undefined, page: (index: T) => string) =>
    index === undefined ? undefined : page(index);
  return {
    render(path, query) {
      const [, source, id, ...rest] = path.split('/');
      const tail = rest.join('/');
      const address = query.get('target') ?? id ?? '';
      if (source === 'dcgm' && tail === 'metrics') return hostPage(id, dcgm.render);
      if (source === 'node' && tail === 'metrics') return hostPage(id, nodes.render);
      if (source === 'kubelet' && tail === 'metrics/cadvisor') {
        return hostPage(id, host => renderKubelet(simulation, host));
      }
      if (source === 'ksm' && id === 'metrics') return renderKubeState(simulation);
      if (source === 'ipmi') return pick(byBmc.get(address), ipmi.render);
      if (source === 'snmp' || source === 'pdu') return snmp.render(address);
      if (source === 'modbus') return pick(byCdu.get(address), cdu => renderCdu(simulation, cdu));
      return undefined;
    },
  };
}

interface PlantHttp {
  readonly simulation: Simulation;
  readonly pages: PlantPages;
  readonly targets: () => readonly PlantTarget[];
  readonly catchUp: () => void;
}

export async function answerPlant(
  plant: PlantHttp,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  plant.catchUp();
  const url = new URL(request.url ?? '/', 'http://plant');
  if (request.method === 'POST' && url.pathname === '/faults') {
    return sendAnswer(response, 201, await injectFrom(plant.simulation, request));
  }
  if (request.method === 'DELETE' && url.pathname.startsWith('/faults/')) {
    const id = decodeURIComponent(url.pathname.slice('/faults/'.length));
    return sendAnswer(response, 200, clear(plant.simulation, id));
  }
  if (request.method !== 'GET') return sendJson(response, 405, { error: 'method not allowed' });
  const document = documentAt(plant, url.pathname);
  if (document !== undefined) return sendJson(response, 200, document);
  await delayIpmi(plant.simulation, url);
  const page = plant.pages.render(url.pathname, url.searchParams);
  if (page === undefined) return sendJson(response, 404, { error: `nothing at ${url.pathname}` });
  if (page === null) return sendJson(response, 503, { error: 'exporter does not answer' });
  response.writeHead(200, { 'Content-Type': CONTENT_TYPE }).end(page);
}

/** An ipmi_exporter is as slow as the BMC that it asks. */
async function delayIpmi({ layout, state }: Simulation, url: URL): Promise<void> {
  if (url.pathname !== '/ipmi') return;
  const address = url.searchParams.get('target');
  const host = layout.site.hosts.findIndex(({ bmcAddress }) => bmcAddress === address);
  const delayS = host < 0 ? 0 : state.host.bmcDelayS[host];
  if (delayS > 0) await new Promise(resolve => setTimeout(resolve, delayS * 1000));
}

function documentAt({ simulation, targets }: PlantHttp, path: string): unknown {
  switch (path) {
    case '/':
      return {
        site: simulation.layout.site.name,
        documents: ['/truth', '/faults', '/faults/kinds', '/targets'],
        faults: describeFaults(simulation.faults),
        targets: targets().map(target => target.url),
      };
    case '/targets':
      return targets();
    case '/truth':
      return readTruth(simulation);
    case '/faults':
      return [...simulation.faults.values()].map(({ fault, kind }) => ({
        ...fault,
        ...{ title: kind.title, visible: kind.visible },
      }));
    case '/faults/kinds':
      return FAULT_KINDS.map(({ id, on, title, visible, magnitude, magnitudeMeans }) => ({
        ...{ id, on, title, visible, magnitude, magnitudeMeans },
      }));
    default:
      return undefined;
  }
}

async function injectFrom(simulation: Simulation, request: IncomingMessage): Promise<FaultAnswer> {
  const body = await readJson(request);
  if (!body) return { ok: false, reason: 'body: must be a JSON object {id, kind, entity}' };
  for (const field of ['id', 'kind', 'entity']) {
    if (typeof body[field] !== 'string') return { ok: false, reason: `${field}: must be a string` };
  }
  for (const field of ['slot', 'magnitude']) {
    const value = body[field];
    if (value !== undefined && typeof value !== 'number') {
      return { ok: false, reason: `${field}: must be a number` };
    }
  }
  return inject(simulation, body as unknown as Fault);
}

function sendAnswer(response: ServerResponse, code: number, answer: FaultAnswer): void {
  if (answer.ok) sendJson(response, code, answer);
  else sendJson(response, 400, { error: answer.reason });
}

function sendJson(response: ServerResponse, code: number, body: unknown): void {
  response.writeHead(code, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}
