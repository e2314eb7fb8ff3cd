import { useQuery } from "@tanstack/react-query";
import { eventQuery } from "../../api/queries";
import { CopyButton } from "../../components/bits";
import { Failed, Loading } from "../../components/states";

const STRATEGIES: Record<string, string> = {
  exception: "by its exceptions and where they were raised",
  stacktrace: "by its stack trace",
  thread: "by the stack of the thread that crashed",
  threads: "by the stack of the thread that crashed",
  message: "by its message, with what varies replaced",
  fingerprint: "by the fingerprint that came with it",
};

/** Why an event belongs to its issue: every part that was looked at, and whether it counted. */
export function GroupingView({ project, event }: { project: string; event: string }) {
  const { data, error, refetch } = useQuery(eventQuery(project, event));
  if (error && !data) return <Failed error={error} retry={() => void refetch()} />;
  if (!data) return <Loading what="the grouping" />;
  const { version, strategy, components, fingerprint } = data.grouping;
  const counted = components.filter((component) => component.contributes).length;
  return (
    <section className="panel" aria-label="Grouping">
      <div className="panel-head">
        <h2>Grouped {STRATEGIES[strategy] ?? `by ${strategy}`}</h2>
        <span className="chip">{version}</span>
      </div>
      <div className="panel-body grouping-print">
        <span className="soft">Fingerprint</span>
        <code className="data">{fingerprint.join(" · ")}</code>
        <CopyButton text={() => fingerprint.join(" ")} label="Copy the fingerprint" />
      </div>
      <p className="panel-body soft">
        {counted} of {components.length} parts make the fingerprint. Events with the same ones are the same
        issue.
      </p>
      <ol className="components">
        {components.map((component, index) => (
          <li key={index} className={component.contributes ? "component" : "component ignored"}>
            <span className="component-sign" aria-hidden="true">
              {component.contributes ? "✓" : "–"}
            </span>
            <span className="component-name">
              {component.name}
              <span className="hidden-text">{component.contributes ? " counts" : " does not count"}</span>
            </span>
            <code className="data">{component.value ?? ""}</code>
            <span className="component-hint">{component.hint}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
