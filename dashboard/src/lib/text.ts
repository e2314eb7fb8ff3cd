/** Text from events, made fit to show. Whatever comes in is data: nothing here makes HTML. */

const COUNT = new Intl.NumberFormat(undefined);
const COMPACT = new Intl.NumberFormat(undefined, { notation: "compact", maximumFractionDigits: 1 });

/** 1,234 in full. */
export const number = (value: number) => COUNT.format(value);
/** 1,234 as it is, larger ones as 12.3K. */
export const compact = (value: number) =>
  Math.abs(value) < 10_000 ? COUNT.format(value) : COMPACT.format(value);

/** A whole percentage of a part, with "<1 %" for what is not nothing. */
export function percent(part: number, whole: number): string {
  if (whole <= 0 || part <= 0) return "0 %";
  const value = (part / whole) * 100;
  return value < 1 ? "<1 %" : `${Math.round(value)} %`;
}

/** A title as its exception's type and the rest, where it begins with the name of a type. */
export function splitTitle(title: string): { type: string; rest: string } {
  const match = /^([A-Za-z_$*][\w$.:/<>]{0,120}?): (.*)$/s.exec(title);
  if (match) return { type: match[1]!, rest: match[2]! };
  return { type: title || "(no title)", rest: "" };
}

/** An address that may be a link: http and https only, or null. */
export function safeLink(text: string): string | null {
  if (text.length > 2_000 || !/^https?:\/\//i.test(text)) return null;
  try {
    const url = new URL(text);
    return url.protocol === "http:" || url.protocol === "https:" ? url.href : null;
  } catch {
    return null;
  }
}

/** A value of any kind as text: strings as they are, the rest as JSON. */
export function asText(value: unknown): string {
  if (typeof value === "string") return value;
  return JSON.stringify(value, null, 2) ?? String(value);
}

/** "12 events", "1 event". */
export function plural(count: number, noun: string, nouns = `${noun}s`): string {
  return `${number(count)} ${count === 1 ? noun : nouns}`;
}
