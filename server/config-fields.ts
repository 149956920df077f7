/** Fields that several sections of the configuration have in common. */
import { z } from 'zod';
import { KIND_IDS, type Kind, SIGNAL_INDEX } from '../twin/index.ts';

export const kindField = z.enum(KIND_IDS);

export const signalField = z.string().refine(id => SIGNAL_INDEX.has(id), {
  error: issue => `'${issue.input}' is not a signal; GET /api/v1/signals lists them`,
  abort: true,
});

export const labelNameField = z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, 'not a label name');

/** Where requests go to whose `authFields` stand beside it. */
export const urlField = z
  .url({ protocol: /^https?$/ })
  .refine(
    url => new URL(url).username + new URL(url).password === '',
    'no user or password in the URL: it shows in logs; use basicAuth',
  );

/** What is exported and forwarded unless chosen otherwise: places and hosts, not their parts. */
export const USUAL_KINDS: Kind[] = [
  ...(['site', 'hall', 'row', 'rack', 'host', 'ups', 'pdu', 'crah', 'cdu'] as const),
];
