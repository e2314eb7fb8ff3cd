/** Chooses values of a facet among those that had errors in a period, those with the most first. */

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { ratesQuery } from "../api/queries";
import { total } from "../lib/rates";
import { compact } from "../lib/text";
import { PERIODS, type Period } from "../lib/time";
import { Icon } from "./Icon";
import { Menu, MenuCheck, MenuItem, MenuLabel, MenuLine } from "./Menu";

const MOST = 100;

interface FacetMenuProps {
  project: string;
  facet: "environment" | "release" | "level";
  label: string;
  period: Period;
  chosen: string[];
  onChange: (chosen: string[] | undefined) => void;
}

export function FacetMenu({ project, facet, label, period, chosen, onChange }: FacetMenuProps) {
  // Asked for when someone reaches for the menu, not with every page.
  const [wanted, setWanted] = useState(false);
  const trigger = (
    <button
      className="button"
      onPointerEnter={() => setWanted(true)}
      onFocus={() => setWanted(true)}
      onClick={() => setWanted(true)}
    >
      <span className="clip facet-chosen">
        {label}
        {chosen.length > 0 && `: ${chosen.length === 1 ? chosen[0] : chosen.length}`}
      </span>
      <Icon name="down" />
    </button>
  );
  const toggle = (value: string) => {
    const next = chosen.includes(value) ? chosen.filter((other) => other !== value) : [...chosen, value];
    onChange(next.length ? next : undefined);
  };
  return (
    <Menu trigger={trigger}>
      <Values
        project={project}
        facet={facet}
        period={period}
        wanted={wanted}
        chosen={chosen}
        onToggle={toggle}
      />
      {chosen.length > 0 && (
        <>
          <MenuLine />
          <MenuItem onSelect={() => onChange(undefined)}>Any {label.toLowerCase()}</MenuItem>
        </>
      )}
    </Menu>
  );
}

interface ValuesProps {
  project: string;
  facet: string;
  period: Period;
  wanted: boolean;
  chosen: string[];
  onToggle: (value: string) => void;
}

function Values({ project, facet, period, wanted, chosen, onToggle }: ValuesProps) {
  const window = PERIODS[period].seconds;
  const { data, error } = useQuery({
    ...ratesQuery(project, { period, window, group_by: facet, limit: MOST }),
    enabled: wanted,
    refetchInterval: false,
  });
  if (error) return <MenuLabel>{error.message}</MenuLabel>;
  if (!data) return <MenuLabel>Loading…</MenuLabel>;
  const values = data.series.map((series) => ({
    value: series.by[facet] ?? "",
    count: total(series.points),
  }));
  const missing = chosen.filter((value) => !values.some((one) => one.value === value));
  const shown = [...missing.map((value) => ({ value, count: 0 })), ...values].filter(
    ({ value }) => value !== "",
  );
  if (shown.length === 0) return <MenuLabel>No event names its {facet}</MenuLabel>;
  return (
    <>
      {shown.map(({ value, count }) => (
        <MenuCheck key={value} checked={chosen.includes(value)} onChange={() => onToggle(value)}>
          <span className="clip">{value}</span>
          <span className="end">{compact(count)}</span>
        </MenuCheck>
      ))}
      {data.truncated && <MenuLabel>The {MOST} with the most errors; search finds the others</MenuLabel>}
    </>
  );
}
