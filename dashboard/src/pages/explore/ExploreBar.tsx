import { useState } from "react";
import { getText } from "../../api/client";
import { ratesParameters, type RatesFilter } from "../../api/queries";
import { CopyButton, Segments } from "../../components/bits";
import { FacetMenu } from "../../components/FacetMenu";
import { Icon } from "../../components/Icon";
import { PeriodSelect } from "../../components/PeriodSelect";
import { say } from "../../components/toast";
import { saveFile } from "../../lib/files";
import { MEASURES, type ExploreSearch } from "../../search";

const BY = [
  ["release", "Release"],
  ["environment", "Environment"],
  ["level", "Level"],
  ["issue", "Issue"],
  ["none", "All"],
] as const;

interface ExploreBarProps {
  project: string;
  search: ExploreSearch;
  filter: RatesFilter;
  onChange: (changed: ExploreSearch) => void;
}

export function ExploreBar({ project, search, filter, onChange }: ExploreBarProps) {
  const { period = "24h", by = "release", measure = "count", compare = false, shape = "lines" } = search;
  return (
    <div className="explore-bar">
      <div className="filter-line">
        <span className="soft">By</span>
        <Segments label="Group by" value={by} options={BY} onChange={(next) => onChange({ by: next })} />
        {(["environment", "release", "level"] as const).map((facet) => (
          <FacetMenu
            key={facet}
            project={project}
            facet={facet}
            label={facet[0]!.toUpperCase() + facet.slice(1)}
            period={period}
            chosen={search[facet] ?? []}
            onChange={(chosen) => onChange({ [facet]: chosen })}
          />
        ))}
        {search.issue && (
          <button className="button" onClick={() => onChange({ issue: undefined })}>
            Issue {search.issue.slice(0, 8)} <Icon name="close" />
          </button>
        )}
      </div>
      <div className="filter-line">
        <select
          className="select"
          aria-label="Measure"
          value={measure}
          onChange={(event) => onChange({ measure: event.target.value as ExploreSearch["measure"] })}
        >
          {MEASURES.map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
        <PeriodSelect period={period} onChange={(next) => onChange({ period: next })} />
        <Segments
          label="Shape of the chart"
          value={shape}
          options={[
            ["lines", "Lines"],
            ["stacked", "Stacked"],
          ]}
          onChange={(next) => onChange({ shape: next })}
        />
        <label className="check">
          <input
            type="checkbox"
            className="checkbox"
            checked={compare}
            onChange={(event) => onChange({ compare: event.target.checked || undefined })}
          />
          Compare with the period before
        </label>
        <span className="explore-gap" />
        <CopyButton text={() => location.href} label="Copy link" small={false} showLabel />
        <ExportButton project={project} filter={filter} />
      </div>
    </div>
  );
}

function ExportButton({ project, filter }: { project: string; filter: RatesFilter }) {
  const [busy, setBusy] = useState(false);
  const save = async () => {
    setBusy(true);
    try {
      const path = `/projects/${encodeURIComponent(project)}/error-rates`;
      saveFile(
        `error-rates-${project}.csv`,
        "text/csv",
        await getText(path, ratesParameters(filter), "text/csv"),
      );
    } catch (error) {
      say(error instanceof Error ? error.message : String(error));
    }
    setBusy(false);
  };
  return (
    <button className="button" onClick={() => void save()} disabled={busy}>
      <Icon name="download" /> CSV
    </button>
  );
}
