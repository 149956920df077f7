/**
 * XID codes of NVIDIA GPUs. Groups follow the public mapping of NVIDIA NVSentinel; where other
 * sources disagree the row says how.
 */
import type { FaultRow, Remedy } from '../fault-row.ts';

const NVSENTINEL = 'NVIDIA NVSentinel XID mapping';
const LAST_MAPPED = 162;
const LAST_NAMED = 172;

interface Group {
  /** Codes and ranges: `8, 11, 39-41`. */
  readonly codes: string;
  readonly severity: FaultRow['severity'];
  readonly effect: FaultRow['effect'];
  readonly remedy: Remedy;
}

const GROUPS: readonly Group[] = [
  {
    codes:
      '8, 11, 13, 25, 31, 32, 39-41, 60, 68-72, 75-77, 80, 82-86, 88, 89, 94, 96-105, ' +
      '126-135, 139, 159',
    severity: 'nonFatal',
    effect: 'degraded',
    remedy: 'restartApp',
  },
  {
    codes: '14, 37, 38, 43, 44, 66, 67, 92, 93, 106, 107, 121, 137, 141, 152, 153, 157, 161',
    severity: 'nonFatal',
    effect: 'none',
    remedy: 'none',
  },
  { codes: '63', severity: 'nonFatal', effect: 'none', remedy: 'resetAtNextChance' },
  { codes: '45', severity: 'nonFatal', effect: 'none', remedy: 'findRoot' },
  {
    codes: '46, 48, 62, 64, 95, 109, 110, 119, 120, 136, 140, 143, 155, 156, 158, 162',
    severity: 'fatal',
    effect: 'lost',
    remedy: 'drainReset',
  },
  { codes: '54', severity: 'fatal', effect: 'lost', remedy: 'checkPower' },
  { codes: '74, 144-150', severity: 'fatal', effect: 'degraded', remedy: 'nvlinkWorkflow' },
  { codes: '78', severity: 'fatal', effect: 'lost', remedy: 'softwareUpdate' },
  { codes: '79, 160', severity: 'fatal', effect: 'lost', remedy: 'restartHost' },
  { codes: '151', severity: 'fatal', effect: 'lost', remedy: 'restartVm' },
  { codes: '154', severity: 'info', effect: 'none', remedy: 'followRecoveryAction' },
];

/** Names of the codes that operators meet; from memory of the vendor's list where not seen. */
const TITLES: Readonly<Record<number, string>> = {
  8: 'GPU stopped processing',
  11: 'Invalid push buffer stream',
  13: 'Graphics engine exception',
  25: 'Illegal push buffer stream',
  31: 'GPU memory page fault',
  32: 'Corrupted push buffer stream',
  38: 'Driver firmware error',
  43: 'GPU stopped processing after an application fault',
  44: 'Fault during context switch',
  45: 'Cleanup after an earlier error',
  46: 'GPU stopped processing',
  48: 'Double-bit ECC error',
  54: 'Auxiliary power not connected',
  61: 'Microcontroller breakpoint',
  62: 'Microcontroller halt',
  63: 'Row remap or page retirement recorded',
  64: 'Row remap or page retirement could not be recorded',
  66: 'Illegal access by driver',
  67: 'Illegal access by driver',
  68: 'Video decoder exception',
  69: 'Graphics engine class error',
  74: 'NVLink error',
  78: 'Virtual GPU cannot start',
  79: 'GPU has fallen off the bus',
  80: 'Corrupted stream sent to the GPU',
  92: 'High rate of single-bit ECC errors',
  93: 'InfoROM wear limit',
  94: 'Contained memory error',
  95: 'Uncontained memory error',
  109: 'Context switch timeout',
  110: 'Security fault',
  119: 'GSP does not answer',
  120: 'GSP error',
  121: 'C2C link error',
  136: 'Link training failed',
  137: 'NVLink remote access fault',
  140: 'Unrecovered ECC error',
  143: 'GPU initialisation failed',
  144: 'NVLink 5 error, SAW unit',
  145: 'NVLink 5 error, RLW unit',
  146: 'NVLink 5 error, TLW unit',
  147: 'NVLink 5 error, TREX unit',
  148: 'NVLink 5 error, NVLPW unit',
  149: 'NVLink 5 error, NETIR unit',
  150: 'NVLink 5 error, MSE unit',
  151: 'Key rotation failed',
  154: 'GPU recovery action changed',
  155: 'NVLink error defined by software',
  156: 'Resource retired',
  157: 'Resource retirement failed',
  158: 'GPU fatal timeout',
  159: 'Coherent host interface error, no data lost',
  171: 'Uncorrectable DRAM error',
  172: 'Uncorrectable SRAM error',
};

const IGNORED = 'The Kubernetes plugin of NVIDIA ignores it as an application error';

const DISPUTED: Readonly<Record<number, string>> = {
  13: IGNORED,
  31: IGNORED,
  43: IGNORED,
  45: IGNORED,
  68: IGNORED,
  109: `${IGNORED}; NVSentinel drains and resets`,
  46: 'NVIDIA Health Validation: drain, reset, then service',
  48: 'NVIDIA Health Validation: drain, then a workflow together with 63 and 64',
  63: 'NVIDIA: jobs may run on and the GPU is reset at the next chance; Meta: critical',
  159: 'NVSentinel: check UVM after restarting the application',
};

/** `'8, 39-41'` is 8, 39, 40, 41. */
function codesOf(list: string): number[] {
  return list.split(',').flatMap(part => {
    const [first, last = first] = part.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

function rowOf(code: number, group: Omit<Group, 'codes'>, source: string): FaultRow {
  const title = TITLES[code];
  const disputed = DISPUTED[code];
  return {
    id: `xid-${code}`,
    title: title ? `XID ${code}: ${title}` : `XID ${code}`,
    kinds: ['gpu'],
    signal: 'xidCode',
    code,
    severity: group.severity,
    effect: group.effect,
    remedy: group.remedy,
    source,
    ...(disputed ? { disputed } : {}),
  };
}

const MAPPED = GROUPS.flatMap(group =>
  codesOf(group.codes).map(code => rowOf(code, group, NVSENTINEL)),
);
const MAPPED_CODES: ReadonlySet<number | undefined> = new Set(MAPPED.map(row => row.code));

const REST = codesOf(`1-${LAST_MAPPED}`)
  .filter(code => !MAPPED_CODES.has(code))
  .map(code =>
    rowOf(
      code,
      { severity: 'fatal', effect: 'lost', remedy: 'service' },
      `${NVSENTINEL}: any other code up to ${LAST_MAPPED}`,
    ),
  );

const NAMED_ONLY = codesOf(`${LAST_MAPPED + 1}-${LAST_NAMED}`).map(code => ({
  ...rowOf(
    code,
    { severity: 'unclassified', effect: 'degraded', remedy: 'service' },
    'dcgm-exporter names the code; no source says what to do',
  ),
}));

export const XID_FAULTS: readonly FaultRow[] = [...MAPPED, ...REST, ...NAMED_ONLY].sort(
  (a, b) => (a.code ?? 0) - (b.code ?? 0),
);
