/** Periods, and times as people read them. */

/** What may be chosen, with its seconds and the seconds of one bar of its chart. */
export const PERIODS = {
  "1h": { label: "Last hour", seconds: 3_600, bar: 60 },
  "24h": { label: "Last 24 hours", seconds: 86_400, bar: 1_800 },
  "7d": { label: "Last 7 days", seconds: 604_800, bar: 10_800 },
  "14d": { label: "Last 14 days", seconds: 1_209_600, bar: 21_600 },
  "30d": { label: "Last 30 days", seconds: 2_592_000, bar: 43_200 },
  "90d": { label: "Last 90 days", seconds: 7_776_000, bar: 86_400 },
} as const;

export type Period = keyof typeof PERIODS;

export function isPeriod(value: unknown): value is Period {
  return typeof value === "string" && Object.hasOwn(PERIODS, value);
}

/** The Unix second at which a period begins that ends now, or that many periods before now; on a whole bar, so that
 * charts stand still while time goes on. */
export function periodStart(period: Period, periods = 1, now = Date.now()): number {
  const { seconds, bar } = PERIODS[period];
  return (Math.floor(now / 1000 / bar) + 1) * bar - periods * seconds;
}

const STEPS: [limit: number, divisor: number, unit: string][] = [
  [60, 1, "s"],
  [3_600, 60, "min"],
  [86_400, 3_600, "h"],
  [86_400 * 60, 86_400, "d"],
  [86_400 * 730, 86_400 * 30.44, "mo"],
  [Infinity, 86_400 * 365.25, "y"],
];

/** How long ago, in one unit: "12 s", "3 min", "5 h", "9 d". The future, by a client's clock, is "now". */
export function ago(milliseconds: number, now = Date.now()): string {
  const seconds = Math.max(0, (now - milliseconds) / 1000);
  if (seconds < 5) return "now";
  const [, divisor, unit] = STEPS.find(([limit]) => seconds < limit)!;
  return `${Math.floor(seconds / divisor)} ${unit}`;
}

const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const DAY = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric" });
const MINUTE = new Intl.DateTimeFormat(undefined, {
  month: "short",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
});
const CLOCK = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 3,
});

/** Local date and time to the second. */
export const fullTime = (milliseconds: number) => formatted(FULL, milliseconds);
/** Local day and month. */
export const day = (milliseconds: number) => formatted(DAY, milliseconds);
/** Local day and month, hour and minute. */
export const minute = (milliseconds: number) => formatted(MINUTE, milliseconds);
/** Local time of day to the millisecond. */
export const clock = (milliseconds: number) => formatted(CLOCK, milliseconds);

function formatted(format: Intl.DateTimeFormat, milliseconds: number): string {
  // Times in events are what clients sent: any number.
  return Number.isFinite(milliseconds) && Math.abs(milliseconds) <= 8.64e15
    ? format.format(milliseconds)
    : "unknown";
}

/** A length of time in the largest unit that divides it: "90 s", "5 min", "6 h", "1 d". */
export function duration(seconds: number): string {
  if (seconds % 86_400 === 0) return `${seconds / 86_400} d`;
  if (seconds % 3_600 === 0) return `${seconds / 3_600} h`;
  if (seconds % 60 === 0) return `${seconds / 60} min`;
  return `${seconds} s`;
}
