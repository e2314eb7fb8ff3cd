import { useState, type FormEvent } from "react";
import { addChannel } from "../../api/alerts";
import type { Channel, ChannelKind } from "../../api/alertTypes";
import { useChange } from "../../api/management";
import { Choice, Text } from "../../components/fields";
import { Notice } from "../../components/states";

interface TargetField {
  name: string;
  label: string;
  placeholder?: string;
  optional?: boolean;
  secret?: boolean;
}

const KINDS: readonly (readonly [ChannelKind, string])[] = [
  ["email", "E-mail"],
  ["slack", "Slack"],
  ["pagerduty", "PagerDuty"],
  ["webhook", "Webhook"],
  ["apprise", "Another service (Apprise)"],
];

const FIELDS: Record<ChannelKind, readonly TargetField[]> = {
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

interface ChannelFormProps {
  project: string;
  /** With the channel that was made, or null. */
  onClose: (channel: Channel | null) => void;
}

export function ChannelForm({ project, onClose }: ChannelFormProps) {
  const [name, setName] = useState("");
  const [kind, setKind] = useState<ChannelKind>("email");
  const [target, setTarget] = useState<Record<string, string>>({});
  const add = useChange(() => addChannel(project, { name: name.trim(), target: targetOf(kind, target) }));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate(undefined, { onSuccess: onClose });
  };
  const choose = (next: ChannelKind) => {
    setKind(next);
    setTarget({});
  };
  return (
    <form onSubmit={submit} aria-label="A new channel">
      <Text label="Name" value={name} onChange={setName} required maxLength={200} placeholder="on call" />
      <Choice label="Kind" value={kind} options={KINDS} onChange={choose} />
      {FIELDS[kind].map((field) => (
        <Text
          key={`${kind} ${field.name}`}
          label={field.label}
          value={target[field.name] ?? ""}
          onChange={(value) => setTarget((before) => ({ ...before, [field.name]: value }))}
          placeholder={field.placeholder}
          required={!field.optional}
          type={field.secret ? "password" : "text"}
        />
      ))}
      <button className="button primary" disabled={add.isPending}>
        Make the channel
      </button>
      <button type="button" className="button" onClick={() => onClose(null)}>
        Cancel
      </button>
      {add.error && (
        <Notice error>
          <span className="data">{add.error.message}</span>
        </Notice>
      )}
    </form>
  );
}

function targetOf(kind: ChannelKind, fields: Record<string, string>): Record<string, unknown> {
  if (kind === "email") {
    const to = (fields.to ?? "")
      .split(/[,\s]+/)
      .map((one) => one.trim())
      .filter(Boolean);
    return { kind, to };
  }
  return { kind, ...Object.fromEntries(Object.entries(fields).filter(([, value]) => value.trim() !== "")) };
}
