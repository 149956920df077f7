/**
 * High-availability pairs: two Prometheus replicas send the same series, told apart by an external
 * label. One of them per cluster is listened to; the other takes over when it falls silent.
 */
import type { Labels } from './contract.ts';

/** Silence of the elected replica after which another one is listened to. */
const FAILOVER_MS = 30_000;

/** Labels that tell replicas apart; the last only beside a label that names the cluster, since
 * exporters use that word too. */
const REPLICA_LABELS = ['__replica__', 'prometheus_replica', 'replica'] as const;
const CLUSTER_LABELS = ['cluster', 'prometheus'] as const;

/** Pairs of cluster and replica told apart: many more are no replicas, but a label gone wild. */
const MAX_REPLICAS = 10_000;

interface Cluster {
  leader: number;
  heardMs: number;
}

export class Replicas {
  private failovers = 0;
  private readonly indexOf = new Map<string, number>();
  private readonly clusters = new Map<string, Cluster>();
  private readonly clusterOf: Cluster[] = [];

  /** The replica that a series comes from (-1: from none, or one too many) and its other labels. */
  split(labels: Labels): { replica: number; labels: Labels } {
    const cluster = CLUSTER_LABELS.map(label => labels[label]).find(Boolean);
    const label = REPLICA_LABELS.find(name => labels[name] !== undefined);
    if (label === undefined || (label === 'replica' && cluster === undefined)) {
      return { replica: -1, labels };
    }
    const { [label]: replica, ...rest } = labels;
    return { replica: this.index(cluster ?? '', replica), labels: rest };
  }

  private index(clusterName: string, replicaName: string): number {
    const key = JSON.stringify([clusterName, replicaName]);
    const known = this.indexOf.get(key);
    if (known !== undefined) return known;
    if (this.clusterOf.length >= MAX_REPLICAS) return -1;
    const cluster = this.clusters.get(clusterName) ?? { leader: -1, heardMs: Number.NaN };
    this.clusters.set(clusterName, cluster);
    const index = this.clusterOf.push(cluster) - 1;
    this.indexOf.set(key, index);
    return index;
  }

  /** Whether a sample of this replica counts now; elects it when the leader is silent. */
  admits(replica: number, nowMs: number): boolean {
    const cluster = this.clusterOf[replica];
    if (cluster.leader !== replica) {
      if (nowMs - cluster.heardMs <= FAILOVER_MS) return false;
      if (cluster.leader >= 0) this.failovers++;
      cluster.leader = replica;
    }
    cluster.heardMs = nowMs;
    return true;
  }

  /** How often another replica has taken over since this was last asked. */
  takeFailovers(): number {
    const { failovers } = this;
    this.failovers = 0;
    return failovers;
  }
}
