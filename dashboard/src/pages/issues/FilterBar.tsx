/** Search, status, environment, release, period and order of the list. */

import { useRef, type FormEvent } from "react";
import type { ApiError } from "../../api/client";
import type { IssueFilter } from "../../api/queries";
import { Segments } from "../../components/bits";
import { FacetMenu } from "../../components/FacetMenu";
import { Icon } from "../../components/Icon";
import { PeriodSelect } from "../../components/PeriodSelect";
import { useHotkeys } from "../../lib/hotkeys";
import { ISSUE_SORTS, STATUSES, type IssuesSearch } from "../../search";

interface FilterBarProps {
  project: string;
  filter: IssueFilter;
  mistake: ApiError | null;
  onChange: (changed: IssuesSearch) => void;
}

export function FilterBar({ project, filter, mistake, onChange }: FilterBarProps) {
  const { period, environment, release } = filter;
  return (
    <div className="filters">
      <SearchField query={filter.query} mistake={mistake} onSearch={(query) => onChange({ query })} />
      <div className="filter-row">
        <Segments
          label="Status"
          value={filter.status}
          options={STATUSES}
          onChange={(status) => onChange({ status })}
        />
        <FacetMenu
          project={project}
          facet="environment"
          label="Environment"
          period={period}
          chosen={environment}
          onChange={(chosen) => onChange({ environment: chosen })}
        />
        <FacetMenu
          project={project}
          facet="release"
          label="Release"
          period={period}
          chosen={release}
          onChange={(chosen) => onChange({ release: chosen })}
        />
        <span className="filter-gap" />
        <select
          aria-label="Order"
          className="select"
          value={filter.sort}
          onChange={(event) => onChange({ sort: event.target.value as IssueFilter["sort"] })}
        >
          {ISSUE_SORTS.map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
        <PeriodSelect period={period} onChange={(next) => onChange({ period: next })} />
      </div>
    </div>
  );
}

interface SearchFieldProps {
  query: string;
  mistake: ApiError | null;
  onSearch: (query: string | undefined) => void;
}

function SearchField({ query, mistake, onSearch }: SearchFieldProps) {
  const field = useRef<HTMLInputElement>(null);
  useHotkeys({ "/": () => field.current?.select() });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    onSearch(field.current?.value.trim() || undefined);
  };
  return (
    <form role="search" onSubmit={submit}>
      <div className="search">
        <Icon name="search" />
        <input
          // The address decides what is searched for: a new one makes a new field.
          key={query}
          ref={field}
          className="input mono"
          type="search"
          defaultValue={query}
          placeholder="Search, e.g. timeout level:error release:shop@1.*"
          aria-label="Search issues"
          aria-invalid={mistake !== null}
          aria-describedby={mistake ? "search-mistake" : undefined}
          autoComplete="off"
          spellCheck={false}
          maxLength={2000}
          onKeyDown={(event) => event.key === "Escape" && event.currentTarget.blur()}
        />
        <kbd aria-hidden="true">/</kbd>
      </div>
      {mistake && (
        <div className="search-mistake" id="search-mistake" role="alert">
          <Pointer query={query} position={mistake.detail?.position} />
          <p className="data">{mistake.message}</p>
        </div>
      )}
    </form>
  );
}

/** The query with the character marked at which reading it failed. */
function Pointer({ query, position }: { query: string; position: unknown }) {
  if (typeof position !== "number") return null;
  return (
    <code className="data">
      {query.slice(0, position)}
      <mark>{query.slice(position, position + 1) || " "}</mark>
      {query.slice(position + 1)}
    </code>
  );
}
