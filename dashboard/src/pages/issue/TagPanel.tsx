import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { EventSummary } from "../../api/types";
import { Loading } from "../../components/states";
import { distributions, type TagValues } from "../../lib/rates";
import { percent, plural } from "../../lib/text";

const VALUES_SHOWN = 4;
const TAGS_SHOWN = 12;

interface TagPanelProps {
  project: string;
  events: readonly EventSummary[];
  more: boolean;
  loading: boolean;
}

/** How tags are distributed over the newest events of an issue. */
export function TagPanel({ project, events, more, loading }: TagPanelProps) {
  const [all, setAll] = useState(false);
  const tags = distributions(events);
  const shown = all ? tags : tags.slice(0, TAGS_SHOWN);
  return (
    <aside className="panel tag-panel" aria-label="Tags">
      <div className="panel-head">
        <h2>Tags</h2>
        <span className="faint">
          {more ? `of the newest ${plural(events.length, "event")}` : `of ${plural(events.length, "event")}`}
        </span>
      </div>
      {loading ? <Loading what="tags" lines={5} /> : null}
      {!loading && tags.length === 0 && <p className="panel-body soft">The events have no tags.</p>}
      {shown.map((tag) => (
        <TagBlock key={tag.name} project={project} tag={tag} />
      ))}
      {tags.length > TAGS_SHOWN && (
        <button className="button quiet small tag-more" onClick={() => setAll(!all)}>
          {all ? "Fewer tags" : `${tags.length - TAGS_SHOWN} more tags`}
        </button>
      )}
    </aside>
  );
}

function TagBlock({ project, tag }: { project: string; tag: TagValues }) {
  const rest = tag.values.length - VALUES_SHOWN;
  return (
    <section className="tag">
      <h3 className="data">{tag.name}</h3>
      <ul>
        {tag.values.slice(0, VALUES_SHOWN).map(({ value, count }) => (
          <li key={value}>
            <Link
              to="/projects/$project/issues"
              params={{ project }}
              search={{ query: term(tag.name, value) }}
              title={value}
              preload={false}
            >
              <span className="clip">{value}</span>
              <span className="number">{percent(count, tag.count)}</span>
              <progress value={count} max={tag.count} aria-label={`${value}: ${percent(count, tag.count)}`} />
            </Link>
          </li>
        ))}
      </ul>
      {rest > 0 && <p className="faint">and {plural(rest, "other value")}</p>}
    </section>
  );
}

/** Names that are fields of the search; any other is a tag, which may be called like a field. */
const FIELDS = ["environment", "release", "level"];

/** The search that finds events with a tag's value. A user is given with the kind of its name: `id:42`. */
function term(name: string, value: string): string {
  if (name === "user") {
    const [, kind, user] = /^(id|email):(.*)$/s.exec(value) ?? [];
    return kind && user ? `user.${kind}:${quoted(user)}` : quoted(value.replace(/^[a-z_]+:/, ""));
  }
  return `${FIELDS.includes(name) ? name : `tags[${name}]`}:${quoted(value)}`;
}

const quoted = (text: string) => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
