import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { tagsQuery } from "../../api/queries";
import type { TagDistribution } from "../../api/types";
import { Failed, Loading } from "../../components/states";
import { percent, plural } from "../../lib/text";

const VALUES_SHOWN = 4;
const TAGS_SHOWN = 12;

interface Tag extends TagDistribution {
  /** A field of the event that is shown like a tag, which may be called like one. */
  field: boolean;
}

/** How tags are distributed over the events of an issue in the last 14 days. */
export function TagPanel({ project, issue }: { project: string; issue: string }) {
  const [all, setAll] = useState(false);
  const { data, error, refetch } = useQuery(tagsQuery(issue));
  const tags: Tag[] = [
    ...(data?.fields ?? []).map((tag) => ({ ...tag, field: true })),
    ...(data?.tags ?? []).map((tag) => ({ ...tag, field: false })),
  ];
  const shown = all ? tags : tags.slice(0, TAGS_SHOWN);
  return (
    <aside className="panel tag-panel" aria-label="Tags">
      <div className="panel-head">
        <h2>Tags</h2>
        {data && <span className="faint">of {plural(data.events, "event")}</span>}
      </div>
      {error && !data ? <Failed error={error} retry={() => void refetch()} /> : null}
      {!error && !data ? <Loading what="tags" lines={5} /> : null}
      {data && tags.length === 0 && <p className="panel-body soft">The events have no tags.</p>}
      {shown.map((tag) => (
        <TagBlock key={`${tag.field} ${tag.key}`} project={project} tag={tag} />
      ))}
      {tags.length > TAGS_SHOWN && (
        <button className="button quiet small tag-more" onClick={() => setAll(!all)}>
          {all ? "Fewer tags" : `${tags.length - TAGS_SHOWN} more tags`}
        </button>
      )}
    </aside>
  );
}

function TagBlock({ project, tag }: { project: string; tag: Tag }) {
  const shown = tag.values.slice(0, VALUES_SHOWN);
  const rest = tag.distinct - shown.length;
  return (
    <section className="tag">
      <h3 className="data">{tag.key}</h3>
      <ul>
        {shown.map(({ value, count }) => (
          <li key={value}>
            <Link
              to="/projects/$project/issues"
              params={{ project }}
              search={{ query: term(tag, value) }}
              title={value}
              preload={false}
            >
              <span className="clip">{value || <span className="faint">(none)</span>}</span>
              <span className="number">{percent(count, tag.events)}</span>
              <progress
                value={count}
                max={tag.events}
                aria-label={`${value || "none"}: ${percent(count, tag.events)}`}
              />
            </Link>
          </li>
        ))}
      </ul>
      {rest > 0 && <p className="faint">and {plural(rest, "other value")}</p>}
    </section>
  );
}

/** The search that finds events with a tag's value. A user is given with the kind of its name: `id:42`. */
function term(tag: Tag, value: string): string {
  if (tag.field && tag.key === "user") {
    const [, kind, user] = /^(id|email):(.*)$/s.exec(value) ?? [];
    return kind && user ? `user.${kind}:${quoted(user)}` : quoted(value.replace(/^[a-z_]+:/, ""));
  }
  return `${tag.field ? tag.key : `tags[${tag.key}]`}:${quoted(value)}`;
}

const quoted = (text: string) => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
