/** Alerts counted per rack: how many fire, and how bad the worst is. */
import type { Badge } from './paint.ts';

interface BadgeAlert {
  readonly severity: Badge;
  readonly state: string;
  readonly place?: Readonly<Record<string, string>>;
}

const ORDER: readonly Badge[] = ['info', 'warning', 'critical'];

export function badgesOf(
  alerts: readonly BadgeAlert[],
): Map<string, { worst: Badge; count: number }> {
  const badges = new Map<string, { worst: Badge; count: number }>();
  for (const alert of alerts) {
    const rack = alert.place?.rack;
    if (alert.state !== 'firing' || rack === undefined) continue;
    const badge = badges.get(rack) ?? { worst: alert.severity, count: 0 };
    const isWorse = ORDER.indexOf(alert.severity) > ORDER.indexOf(badge.worst);
    badges.set(rack, { worst: isWorse ? alert.severity : badge.worst, count: badge.count + 1 });
  }
  return badges;
}
