/** Search, status, environment, release, period and order of the list. */

import type { ApiError } from "../../api/client";
import type { IssueFilter } from "../../api/queries";
import { Segments } from "../../components/bits";
import { FacetMenu } from "../../components/FacetMenu";
import { MenuItem, MenuLine } from "../../components/Menu";
import { PeopleMenu } from "../../components/PeopleMenu";
import { PeriodSelect } from "../../components/PeriodSelect";
import { ISSUE_SORTS, STATUSES, type IssuesSearch } from "../../search";
import { SearchField } from "./SearchField";

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
      <SearchField
        project={project}
        query={filter.query}
        mistake={mistake}
        onSearch={(query) => onChange({ query })}
      />
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
        <AssigneeFilter project={project} assigned={filter.assigned} onChange={onChange} />
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

interface AssigneeFilterProps {
  project: string;
  assigned: string;
  onChange: (changed: IssuesSearch) => void;
}

function AssigneeFilter({ project, assigned, onChange }: AssigneeFilterProps) {
  const choose = (next: string | undefined) => onChange({ assigned: next });
  return (
    <PeopleMenu
      project={project}
      chosen={assigned ? `Assigned: ${assigned}` : "Assigned"}
      label="Issues of"
      me="me"
      onChoose={choose}
    >
      <MenuLine />
      <MenuItem onSelect={() => choose("nobody")}>Nobody</MenuItem>
      {assigned && <MenuItem onSelect={() => choose(undefined)}>Anybody</MenuItem>}
    </PeopleMenu>
  );
}
