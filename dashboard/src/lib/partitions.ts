/** Partitions as people read them. */

import type { Partitions } from "../api/stream";

/** "events-received 0–3, 7": the partitions of each topic, runs of them as their ends. */
export function partitionTexts(partitions: Partitions): string[] {
  return Object.entries(partitions).map(([topic, numbers]) => `${topic} ${runs(numbers).join(", ")}`);
}

export function countPartitions(partitions: Partitions): number {
  return Object.values(partitions).reduce((sum, numbers) => sum + numbers.length, 0);
}

function runs(numbers: readonly number[]): string[] {
  const found: [first: number, last: number][] = [];
  for (const one of [...numbers].sort((a, b) => a - b)) {
    const run = found.at(-1);
    if (run && run[1] === one - 1) run[1] = one;
    else found.push([one, one]);
  }
  return found.map(([first, last]) => (first === last ? `${first}` : `${first}–${last}`));
}
