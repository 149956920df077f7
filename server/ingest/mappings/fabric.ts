/** InfiniBand fabrics (infiniband_exporter, UFM telemetry) and switches by SNMP. */
import type { Mapping, MappingRow } from '../mapping.ts';

const row = (
  metrics: readonly string[],
  signal: string,
  entity: 'nic' | 'switch',
  extra: Partial<MappingRow> = {},
): MappingRow => ({ metrics, signal, entity, mode: 'rate', combine: 'sum', ...extra });

/** PortXmitData and PortRcvData count words of four octets (InfiniBand specification, 16.1.3.5). */
const WORD_BYTES = 4;

/**
 * infiniband_exporter passes the words on under a name that says bytes; a fork that scales them
 * adds the label `switch`.
 */
const RAW = { where: { switch: '' }, scale: WORD_BYTES };
const SCALED = { where: { switch: /./ } };

const HCA = 'infiniband_hca_port';
const SWITCH = 'infiniband_switch_port';

export const infinibandExporter: Mapping = {
  id: 'infiniband_exporter',
  title: 'infiniband_exporter',
  checkedAgainst: 'lines of its test pages and of those of a fork',
  rows: [
    row([`${HCA}_receive_data_bytes_total`], 'netRxBytesPerS', 'nic', RAW),
    row([`${HCA}_receive_data_bytes_total`], 'netRxBytesPerS', 'nic', SCALED),
    row([`${HCA}_transmit_data_bytes_total`], 'netTxBytesPerS', 'nic', RAW),
    row([`${HCA}_transmit_data_bytes_total`], 'netTxBytesPerS', 'nic', SCALED),
    row(
      [
        ...[`${HCA}_symbol_error_total`, `${HCA}_receive_errors_total`],
        ...[`${HCA}_link_error_recovery_total`],
      ],
      'linkErrorPerS',
      'nic',
    ),
    row([`${HCA}_link_downed_total`], 'linkDownedPerH', 'nic', { mode: 'increase1h' }),
    row([`${SWITCH}_receive_data_bytes_total`], 'netRxBytesPerS', 'switch', {
      scale: WORD_BYTES,
    }),
    row([`${SWITCH}_transmit_data_bytes_total`], 'netTxBytesPerS', 'switch', {
      scale: WORD_BYTES,
    }),
    row(
      [
        ...[`${SWITCH}_symbol_error_total`, `${SWITCH}_receive_errors_total`],
        ...[`${SWITCH}_link_error_recovery_total`],
      ],
      'linkErrorPerS',
      'switch',
    ),
  ],
  ignore: [/^infiniband_(hca|switch|exporter|ibnetdiscover|ibswinfo)_/],
};

const ufm = (names: readonly string[], signal: string, extra: Partial<MappingRow> = {}) => [
  row(names, signal, 'nic', extra),
  row(names, signal, 'switch', extra),
];

export const ufmTelemetry: Mapping = {
  id: 'ufm-telemetry',
  title: 'NVIDIA UFM telemetry',
  checkedAgainst: 'manuals of UFM Telemetry; the sample line in 1.8 has 288 octets a packet',
  rows: [
    ...ufm(['PortRcvDataExtended'], 'netRxBytesPerS', { scale: WORD_BYTES }),
    ...ufm(['PortXmitDataExtended'], 'netTxBytesPerS', { scale: WORD_BYTES }),
    ...ufm(
      [
        ...['SymbolErrorCounterExtended', 'PortRcvErrorsExtended'],
        ...['LinkErrorRecoveryCounterExtended'],
      ],
      'linkErrorPerS',
    ),
    row(['LinkDownedCounterExtended'], 'linkDownedPerH', 'nic', { mode: 'increase1h' }),
  ],
  ignore: [/^(Port|Symbol|Link|Local|Excessive|VL15|Cable|infiniband_)[A-Z]/, /_BER$/, 'Chip_Temp'],
};

export const snmpSwitch: Mapping = {
  id: 'snmp-switch',
  title: 'Switches by snmp_exporter (if_mib)',
  checkedAgainst: "snmp_exporter's module if_mib; no page",
  rows: [
    row(['ifHCInOctets'], 'netRxBytesPerS', 'switch'),
    row(['ifHCOutOctets'], 'netTxBytesPerS', 'switch'),
    row(['ifInErrors', 'ifOutErrors'], 'linkErrorPerS', 'switch'),
    {
      ...{ metrics: ['sysUpTime'], signal: 'upFlag', entity: 'scrapedUnit', optional: true },
      ...{ combine: 'max', values: { else: 1 } },
    },
  ],
  ignore: [
    /^if(In|Out|HC|Type|Mtu|Speed|High|Phys|Admin|Oper|Last|Promisc|Connector|Counter|Link)/,
  ],
};
