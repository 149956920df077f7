/** One spelling for each name that sources write in many ways. Empty text means: no usable value. */
import type { AliasType } from '../../twin/index.ts';

const BY_TYPE: Readonly<Record<AliasType, (text: string) => string>> = {
  nodeName: hostName,
  fqdn: hostName,
  shortName: hostName,
  ip: address,
  bmcAddress: address,
  address,
  serial: text => text.toLowerCase(),
  uuid: bareUuid,
  mac: bareHex,
  gpuUuid,
  portGuid: guid,
  nodeGuid: guid,
  pduOutlet: text => text.toLowerCase(),
  pciBusId,
  gpuIndex,
  netDevice: text => text,
  blockDevice,
  slot: text => text.toLowerCase(),
};

/** The text last normalised of each type, and what came of it: series come in runs of one host. */
const LAST = new Map<AliasType, { text: string; normal: string }>();

export function normalise(type: AliasType, text: string): string {
  const last = LAST.get(type);
  if (last?.text === text) return last.normal;
  const normal = BY_TYPE[type](text.trim());
  if (last) {
    last.text = text;
    last.normal = normal;
  } else LAST.set(type, { text, normal });
  return normal;
}

function hostName(text: string): string {
  return text.toLowerCase().replace(/\.$/, '');
}

/**
 * The host of what Prometheus calls `instance` or `target`: a URL, `host:port`, `[v6]:port` or a
 * bare address. IPv6 comes back in its canonical short form without zone; mapped IPv4 as IPv4.
 */
export function address(text: string): string {
  let host = text.trim().replace(/^[a-z][a-z0-9+.-]*:\/\//i, '');
  host = host.replace(/[/?#].*$/, '').replace(/^[^@]*@/, '');
  if (host.startsWith('[')) return ipv6(host.slice(1).split(']')[0]);
  const colons = host.split(':').length - 1;
  if (colons > 1) return ipv6(host);
  return hostName(colons === 1 ? host.slice(0, host.indexOf(':')) : host);
}

function ipv6(text: string): string {
  const bare = text.split('%')[0].toLowerCase();
  const mapped = bare.match(/^::ffff:(\d+\.\d+\.\d+\.\d+)$/);
  if (mapped) return mapped[1];
  const url = URL.parse(`http://[${bare}]/`);
  return url === null ? bare : url.hostname.slice(1, -1);
}

/** The first label of a name with a domain; undefined for addresses and for names without one. */
export function shortNameOf(name: string): string | undefined {
  const dot = name.indexOf('.');
  if (dot <= 0 || name.includes(':') || /^\d+(\.\d+){3}$/.test(name)) return undefined;
  return name.slice(0, dot);
}

function bareHex(text: string): string {
  return text.toLowerCase().replace(/[:.-]/g, '');
}

/** SMBIOS UUIDs appear with and without dashes. */
function bareUuid(text: string): string {
  const bare = text.toLowerCase().replaceAll('-', '');
  return /^0*$/.test(bare) ? '' : bare;
}

/** `GPU-c4529c8d-...` or the bare UUID; one of zeros (an anonymised capture) is no identity. */
function gpuUuid(text: string): string {
  return bareUuid(text.replace(/^(gpu|mig)-/i, ''));
}

/** UFM writes GUIDs without leading zeros and without `0x`; sysfs writes `0002:c903:00f1:72a2`. */
function guid(text: string): string {
  const bare = bareHex(text.replace(/^0x/i, ''));
  return /^[0-9a-f]+$/.test(bare) && !/^0*$/.test(bare) ? bare.padStart(16, '0') : '';
}

/** `00000000:53:00.0` (NVML), `0000:53:00.0` (Linux) and `53:00.0` are one address. */
function pciBusId(text: string): string {
  const parts = text
    .toLowerCase()
    .match(/^(?:([0-9a-f]+):)?([0-9a-f]{1,2}):([0-9a-f]{1,2})(?:\.([0-7]))?$/);
  if (!parts) return '';
  const [, domain = '0', bus, slot, fn = '0'] = parts;
  const shortDomain = domain.replace(/^0+/, '').padStart(4, '0');
  return `${shortDomain}:${bus.padStart(2, '0')}:${slot.padStart(2, '0')}.${fn}`;
}

/** `3`, `nvidia3`, `card3`, `GPU_3`; the baseboard's `GPU_SXM_1` counts from 1. */
function gpuIndex(text: string): string {
  const parts = text.match(/^(?:[a-z_]*?)(sxm_?)?(\d{1,3})$/i);
  if (!parts) return '';
  const number = Number(parts[2]) - (parts[1] === undefined ? 0 : 1);
  return number < 0 ? '' : String(number);
}

/** The controller of an NVMe name: `/dev/nvme0n1p2` is `nvme0`; other block devices as they are. */
function blockDevice(text: string): string {
  const name = text.replace(/^\/dev\//, '');
  return name.match(/^nvme\d+/)?.[0] ?? name;
}
