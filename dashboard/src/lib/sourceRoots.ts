/** Roots of sources as lines that people write: "/srv/app/ => services/shop/". */

import type { SourceRoot } from "../api/repository";

const ARROW = "=>";

export const writeRoots = (roots: readonly SourceRoot[]): string[] =>
  roots.map(({ stack, source }) => `${stack} ${ARROW} ${source}`.trim());

/** Without an arrow what a line names lies at the root of the repository. */
export function readRoots(lines: readonly string[]): SourceRoot[] {
  return lines.map((line) => {
    const at = line.lastIndexOf(ARROW);
    if (at < 0) return { stack: line.trim(), source: "" };
    return { stack: line.slice(0, at).trim(), source: line.slice(at + ARROW.length).trim() };
  });
}
