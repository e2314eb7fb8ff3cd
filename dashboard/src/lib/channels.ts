/** What channels of each kind are asked for, and how that becomes a target and comes back out of one. */

import type { Channel, ChannelKind } from "../api/alertTypes";

export interface TargetField {
  name: string;
  label: string;
  placeholder?: string;
  optional?: boolean;
  /** Never shown again: an empty one leaves what there is. */
  secret?: boolean;
}

export const KINDS: readonly (readonly [ChannelKind, string])[] = [
  ["email", "E-mail"],
  ["slack", "Slack"],
  ["pagerduty", "PagerDuty"],
  ["webhook", "Webhook"],
  ["apprise", "Another service (Apprise)"],
];

export const FIELDS: Record<ChannelKind, readonly TargetField[]> = {
  email: [{ name: "to", label: "To (separated by commas)", placeholder: "ops@example.com" }],
  slack: [
    { name: "webhook_url", label: "Address of an incoming webhook", optional: true, secret: true },
    { name: "bot_token", label: "or the token of a bot", optional: true, secret: true },
    { name: "channel", label: "and its channel", optional: true, placeholder: "#alerts" },
  ],
  pagerduty: [{ name: "routing_key", label: "Routing key (Events API v2)", secret: true }],
  webhook: [
    { name: "url", label: "Address", placeholder: "https://example.com/hook" },
    { name: "secret", label: "Secret (one is made if you have none)", optional: true, secret: true },
  ],
  apprise: [{ name: "url", label: "Apprise URL", placeholder: "ntfy://topic", secret: true }],
};

/** What is typed, by the names of fields. */
export type TargetTexts = Record<string, string>;

/** A target as the API takes it: what is empty is left out, so that a secret stays. */
export function targetOf(kind: ChannelKind, texts: TargetTexts): Record<string, unknown> {
  if (kind === "email") return { kind, to: (texts.to ?? "").split(/[,\s]+/).filter(Boolean) };
  const given = FIELDS[kind].flatMap(({ name }) => {
    const text = (texts[name] ?? "").trim();
    return text ? [[name, text] as const] : [];
  });
  return { kind, ...Object.fromEntries(given) };
}

/** What a channel's fields begin with: all but its secrets, which the server does not tell. */
export function textsOf({ kind, target }: Pick<Channel, "kind" | "target">): TargetTexts {
  return Object.fromEntries(
    FIELDS[kind]
      .filter(({ secret }) => !secret)
      .map(({ name }) => {
        const value = target[name];
        return [name, Array.isArray(value) ? value.join(", ") : String(value ?? "")];
      }),
  );
}
