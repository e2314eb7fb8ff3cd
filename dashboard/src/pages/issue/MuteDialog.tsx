import { useState, type FormEvent } from "react";
import type { Mute } from "../../api/types";
import { Dialog } from "../../components/Dialog";
import { Check, Duration, NumberInput, Text } from "../../components/fields";

const WINDOWS = [0, 600, 3_600, 86_400, 7 * 86_400];

interface MuteDialogProps {
  onMute: (mute: Mute) => void;
  onClose: () => void;
}

/** Until when an issue is to be muted, by any of the conditions that there are. */
export function MuteDialog({ onMute, onClose }: MuteDialogProps) {
  const [until, setUntil] = useState("");
  const [mute, setMute] = useState<Mute>({});
  const set = (parts: Mute) => setMute((before) => ({ ...before, ...parts }));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const { window, ...rest } = mute;
    const counted = rest.events !== undefined && rest.events !== null;
    onMute({
      ...rest,
      ...(until ? { until: Date.parse(until) / 1000 } : {}),
      ...(window && counted ? { window } : {}),
    });
  };
  return (
    <Dialog open onClose={onClose} title="Mute until the first of these">
      <form onSubmit={submit} className="dialog-form">
        <Text label="A moment" value={until} onChange={setUntil} type="datetime-local" />
        <div className="field-pair">
          <NumberInput
            label="So many more events"
            value={mute.events}
            min={1}
            max={1_000_000}
            optional
            onChange={(events) => set({ events })}
          />
          <Duration
            label="Within"
            value={mute.window ?? 0}
            options={WINDOWS}
            none="any time"
            onChange={(window) => set({ window })}
          />
        </div>
        <NumberInput
          label="So many more users"
          value={mute.users}
          min={1}
          max={1_000}
          optional
          onChange={(users) => set({ users })}
        />
        <Check
          label="It escalates"
          value={mute.escalating ?? false}
          onChange={(escalating) => set({ escalating })}
        />
        <div>
          <button className="button primary">Mute</button>
        </div>
      </form>
    </Dialog>
  );
}
