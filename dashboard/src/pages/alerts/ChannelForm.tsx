import { useState, type FormEvent } from "react";
import { addChannel, changeChannel } from "../../api/alerts";
import type { Channel, ChannelKind } from "../../api/alertTypes";
import { useChange } from "../../api/management";
import { Dialog } from "../../components/Dialog";
import { Choice, NumberInput, Text } from "../../components/fields";
import { Notice } from "../../components/states";
import { say } from "../../components/toast";
import { FIELDS, KINDS, targetOf, textsOf, type TargetTexts } from "../../lib/channels";

interface ChannelFormProps {
  project: string;
  /** With the channel that was made, or null. */
  onClose: (channel: Channel | null) => void;
}

export function ChannelForm({ project, onClose }: ChannelFormProps) {
  const [name, setName] = useState("");
  const [kind, setKind] = useState<ChannelKind>("email");
  const [target, setTarget] = useState<TargetTexts>({});
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
      <TargetFields kind={kind} texts={target} onChange={setTarget} />
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

interface ChannelDialogProps {
  project: string;
  channel: Channel;
  onClose: () => void;
}

/** Changes a channel. Its secrets are not known here; those that are left empty stay. */
export function ChannelDialog({ project, channel, onClose }: ChannelDialogProps) {
  const [name, setName] = useState(channel.name);
  const [target, setTarget] = useState<TargetTexts>(() => textsOf(channel));
  const [budget, setBudget] = useState<number | null>(channel.budget || null);
  const change = useChange(() =>
    changeChannel(project, channel.id, {
      name: name.trim(),
      target: targetOf(channel.kind, target),
      budget: budget ?? 0,
    }),
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate(undefined, {
      onSuccess: () => {
        say("Saved. What waits for the channel goes by it.");
        onClose();
      },
    });
  };
  return (
    <Dialog open onClose={onClose} title={`Change ${channel.name}`}>
      <form onSubmit={submit} className="dialog-form">
        <Text label="Name" value={name} onChange={setName} required maxLength={200} />
        <TargetFields kind={channel.kind} texts={target} onChange={setTarget} secrets={channel.secrets} />
        <NumberInput
          label="Most messages an hour (as the service has it, if empty)"
          value={budget}
          min={2}
          max={10_000}
          optional
          onChange={setBudget}
        />
        {change.error && (
          <Notice error>
            <span className="data">{change.error.message}</span>
          </Notice>
        )}
        <div className="row-actions">
          <button className="button primary" disabled={change.isPending}>
            Save
          </button>
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
        </div>
      </form>
    </Dialog>
  );
}

interface TargetFieldsProps {
  kind: ChannelKind;
  texts: TargetTexts;
  onChange: (texts: TargetTexts) => void;
  /** Of each secret that there is already, how it ends; undefined for a channel that is made. */
  secrets?: Record<string, string>;
}

const TargetFields = ({ kind, texts, onChange, secrets }: TargetFieldsProps) =>
  FIELDS[kind].map(({ name, label, placeholder, optional, secret }) => {
    const known = secrets?.[name];
    return (
      <Text
        key={`${kind} ${name}`}
        label={label}
        value={texts[name] ?? ""}
        onChange={(text) => onChange({ ...texts, [name]: text })}
        placeholder={placeholder}
        required={!optional && known === undefined}
        type={secret ? "password" : "text"}
        hint={known === undefined ? undefined : `It is ${known}, and stays if this is left empty.`}
      />
    );
  });
