import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { changeChannel, channelsQuery, removeChannel, testChannel } from "../../api/alerts";
import type { Channel } from "../../api/alertTypes";
import { useChange } from "../../api/management";
import { ConfirmButton } from "../../components/ConfirmButton";
import { Icon } from "../../components/Icon";
import { ManagedList, ShownOnce } from "../../components/ManagedList";
import { CopyButton } from "../../components/bits";
import { useRights } from "../../lib/role";
import { asText, plural } from "../../lib/text";
import { ChannelDialog, ChannelForm } from "./ChannelForm";

export function Channels({ project }: { project: string }) {
  const [adding, setAdding] = useState(false);
  const [made, setMade] = useState<Channel | null>(null);
  const { write } = useRights(project);
  return (
    <ManagedList
      title="Channels"
      query={useQuery(channelsQuery(project))}
      empty="No channels yet"
      head={["Name", "Kind", "Where to", "State", ""]}
      row={(channel: Channel) => (
        <ChannelRow key={channel.id} project={project} channel={channel} writable={write} />
      )}
    >
      {write &&
        (adding ? (
          <ChannelForm
            project={project}
            onClose={(channel) => {
              setAdding(false);
              setMade(channel);
            }}
          />
        ) : (
          <button className="button primary" onClick={() => setAdding(true)}>
            <Icon name="plus" /> New channel
          </button>
        ))}
      {made?.new_secret && (
        <ShownOnce label={`The secret that signs what ${made.name} is sent.`}>
          <code className="data">{made.new_secret}</code>
          <CopyButton text={() => made.new_secret ?? ""} label="Copy the secret" />
        </ShownOnce>
      )}
    </ManagedList>
  );
}

interface ChannelRowProps {
  project: string;
  channel: Channel;
  writable: boolean;
}

function ChannelRow({ project, channel, writable }: ChannelRowProps) {
  const [changing, setChanging] = useState(false);
  const remove = useChange(() => removeChannel(project, channel.id));
  const toggle = useChange(() => changeChannel(project, channel.id, { enabled: !channel.enabled }));
  return (
    <tr>
      <td className="data">{channel.name}</td>
      <td>{channel.kind}</td>
      <td className="data">{whereTo(channel)}</td>
      <td>
        {!channel.enabled ? (
          <span className="faint">off</span>
        ) : channel.failures > 0 ? (
          <span className="chip firing">{plural(channel.failures, "failed attempt")}</span>
        ) : (
          "on"
        )}
      </td>
      <td className="row-actions">
        {writable && (
          <>
            <TestButton project={project} channel={channel} />
            <button className="button small" onClick={() => setChanging(true)}>
              Change
            </button>
            <button className="button small" onClick={() => toggle.mutate(undefined)}>
              {channel.enabled ? "Switch off" : "Switch on"}
            </button>
            <ConfirmButton label="Remove" onConfirm={() => remove.mutate(undefined)} />
            {changing && (
              <ChannelDialog project={project} channel={channel} onClose={() => setChanging(false)} />
            )}
          </>
        )}
      </td>
    </tr>
  );
}

/** Sends a test alert and says what the receiver said. */
function TestButton({ project, channel }: { project: string; channel: Channel }) {
  const client = useQueryClient();
  const test = useMutation({
    mutationFn: () => testChannel(project, channel.id),
    onSettled: () => client.invalidateQueries({ queryKey: ["managed", "deliveries"] }),
  });
  return (
    <>
      <button className="button small" onClick={() => test.mutate()} disabled={test.isPending}>
        {test.isPending ? "Sending…" : "Send a test"}
      </button>
      <span role="status" className="test-result data">
        {test.error && <span className="bad">{test.error.message}</span>}
        {test.data && (
          <span className={test.data.outcome === "delivered" ? "good" : "bad"}>
            {test.data.outcome} in {test.data.seconds.toFixed(2)} s
            {test.data.detail && `: ${test.data.detail}`}
          </span>
        )}
      </span>
    </>
  );
}

function whereTo(channel: Channel): string {
  const shown = Object.entries(channel.target).flatMap(([name, value]) =>
    name === "kind" ? [] : [Array.isArray(value) ? value.join(", ") : asText(value)],
  );
  const secrets = Object.entries(channel.secrets).map(
    ([name, hint]) => `${name.replaceAll("_", " ")} ${hint}`,
  );
  return [...shown, ...secrets].join(" · ");
}
