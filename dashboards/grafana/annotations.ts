/** Marks on the time axis. */

import type * as cog from '@grafana/grafana-foundation-sdk/cog';
import {
  type AnnotationQuery,
  AnnotationQueryBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PROMETHEUS } from './panels.ts';

/** Alerts of the shipped rules while they fire. */
export const FIRING = 'ALERTS{alertname=~"Orrery.+", alertstate="firing"}';

export const firingAnnotation = (): cog.Builder<AnnotationQuery> =>
  new AnnotationQueryBuilder()
    .name('Firing alerts')
    .datasource(PROMETHEUS)
    .enable(true)
    .iconColor('red')
    .expr(`max by (alertname, kind, site, rack, host) (${FIRING})`)
    .titleFormat('{{alertname}}')
    .textFormat('{{site}} {{rack}} {{host}}')
    .step('60s');
