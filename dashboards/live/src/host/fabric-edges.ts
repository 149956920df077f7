/** Fabric edges by the ids of their ends, however the answer names them. */
import type { RawFabric } from '../api/types.ts';
import type { Fabric, FabricEdge } from './fabric-layout.ts';

/** Ends are ids, positions in `vertices`, or dense entity indices. Edges with an unknown end go. */
export function readFabric(raw: RawFabric): Fabric {
  const { vertices } = raw;
  const byIndex = new Map(vertices.map(vertex => [vertex.index, vertex.id]));
  const numbers = raw.edges
    .flatMap(edge => [edge.a, edge.b])
    .filter(end => typeof end === 'number');
  const arePositions = numbers.every(end => end < vertices.length);
  const idOf = (end: number | string) => {
    if (typeof end === 'string') return end;
    return arePositions ? vertices[end]?.id : byIndex.get(end);
  };
  const edges = raw.edges.flatMap((edge): FabricEdge[] => {
    const [a, b] = [idOf(edge.a), idOf(edge.b)];
    return a === undefined || b === undefined ? [] : [{ ...edge, a, b }];
  });
  return { vertices, edges };
}
