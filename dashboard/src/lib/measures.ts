/** How values of a measure are written. */

import type { Measure } from "../api/types";
import { number } from "./text";

const SHARES: readonly Measure[] = ["crash_free_sessions", "crash_free_users"];

/** A value as people read it: a percentage, or a number with as many digits as it needs; "–" where there is none. */
export function written(measure: Measure, value: number | null): string {
  if (value === null) return "–";
  if (SHARES.includes(measure)) return `${(value * 100).toFixed(2)} %`;
  return Number.isInteger(value) ? number(value) : value.toFixed(value < 10 ? 2 : 1);
}
