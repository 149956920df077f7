/** Room for bodies that are being read or wait for their answer, bounded in all and by sender. */

/** What one body has of the room. */
export interface Held {
  /** @returns false, and takes nothing, when there is no room for so many bytes more */
  grow(bytes: number): boolean;
  /** Gives all of it back. */
  free(): void;
}

interface Room {
  hold(sender: string): Held;
}

export function createRoom(maxBytes: number, maxOfOne: number): Room {
  const ofSender = new Map<string, number>();
  let total = 0;

  function add(sender: string, bytes: number): void {
    const sum = (ofSender.get(sender) ?? 0) + bytes;
    if (sum === 0) ofSender.delete(sender);
    else ofSender.set(sender, sum);
    total += bytes;
  }

  return {
    hold(sender) {
      let held = 0;
      return {
        grow(bytes) {
          const ofThis = ofSender.get(sender) ?? 0;
          if (total + bytes > maxBytes || ofThis + bytes > maxOfOne) return false;
          held += bytes;
          add(sender, bytes);
          return true;
        },
        free() {
          add(sender, -held);
          held = 0;
        },
      };
    },
  };
}
