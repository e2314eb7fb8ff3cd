import { setHotkeys, useHotkeysOn } from "../lib/hotkeys";
import { Dialog } from "./Dialog";

const SHORTCUTS: readonly (readonly [keys: string[], does: string])[] = [
  [["/"], "Search"],
  [["j"], "Next issue, or older event"],
  [["k"], "Previous issue, or newer event"],
  [["Enter"], "Open the issue"],
  [["x"], "Select the issue"],
  [["e"], "Resolve, or open again"],
  [["m"], "Mute, or open again"],
  [["r"], "Load what is new"],
  [["a"], "On an issue: all frames or only the application's"],
  [["u"], "From an issue back to the list"],
  [["g", "i"], "Issues"],
  [["g", "e"], "Explore"],
  [["g", "a"], "Alerts"],
  [["g", "s"], "Stream"],
  [["?"], "This help"],
  [["Esc"], "Leave a field, close a dialog"],
];

export function HelpDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const on = useHotkeysOn();
  return (
    <Dialog open={open} onClose={onClose} title="Keyboard shortcuts">
      <dl className="shortcuts">
        {SHORTCUTS.map(([keys, does]) => (
          <div key={does}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <label className="check-line">
        <input
          type="checkbox"
          className="checkbox"
          checked={on}
          onChange={(event) => setHotkeys(event.target.checked)}
        />
        Single keys act as shortcuts
      </label>
    </Dialog>
  );
}
