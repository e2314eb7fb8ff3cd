import { number } from "../../lib/text";

/** A figure of a table; a dash where it is not known. */
export function figure(value: number | null | undefined, digits = 0): string {
  return value === null || value === undefined ? "–" : number(Number(value.toFixed(digits)));
}
