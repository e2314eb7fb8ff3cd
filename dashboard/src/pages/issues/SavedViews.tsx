import { useState, type FormEvent } from "react";
import { Dialog } from "../../components/Dialog";
import { Text } from "../../components/fields";
import { Icon } from "../../components/Icon";
import { Menu, MenuItem, MenuLabel, MenuLine } from "../../components/Menu";
import { loadViews, removeView, saveView } from "../../lib/views";
import type { IssuesSearch } from "../../search";

interface SavedViewsProps {
  project: string;
  search: IssuesSearch;
  onOpen: (search: IssuesSearch) => void;
}

/** Searches that somebody keeps under a name. */
export function SavedViews({ project, search, onOpen }: SavedViewsProps) {
  const [views, setViews] = useState(() => loadViews(project));
  const [dialog, setDialog] = useState(false);
  const current = views.find((view) => same(view.search, search));
  const trigger = (
    <button className="button">
      <span className="clip facet-chosen">{current?.name ?? "Views"}</span> <Icon name="down" />
    </button>
  );
  return (
    <>
      <Menu trigger={trigger} align="end">
        {views.length === 0 && <MenuLabel>No saved views yet</MenuLabel>}
        {views.map((view) => (
          <MenuItem key={view.name} onSelect={() => onOpen(view.search)}>
            <span className="clip">{view.name}</span>
            <span className="end">{view === current ? "✓" : ""}</span>
          </MenuItem>
        ))}
        <MenuLine />
        {current ? (
          <MenuItem onSelect={() => setViews(removeView(project, current.name))}>Forget this view</MenuItem>
        ) : (
          <MenuItem onSelect={() => setDialog(true)}>Save this view…</MenuItem>
        )}
      </Menu>
      {dialog && (
        <NameDialog
          onClose={() => setDialog(false)}
          onName={(name) => {
            setViews(saveView(project, { name, search }));
            setDialog(false);
          }}
        />
      )}
    </>
  );
}

function NameDialog({ onName, onClose }: { onName: (name: string) => void; onClose: () => void }) {
  const [name, setName] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim()) onName(name.trim());
  };
  return (
    <Dialog open onClose={onClose} title="Save this view in this browser">
      <form onSubmit={submit} className="filters">
        <Text label="Name" value={name} onChange={setName} required maxLength={100} />
        <div>
          <button className="button primary">Save</button>
        </div>
      </form>
    </Dialog>
  );
}

const same = (one: IssuesSearch, other: IssuesSearch) =>
  JSON.stringify(Object.entries(one).sort()) === JSON.stringify(Object.entries(other).sort());
