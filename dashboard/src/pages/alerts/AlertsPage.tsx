/** What fired, the rules that say what is worth an alert, and where alerts go. */

import "./alerts.css";
import { getRouteApi } from "@tanstack/react-router";
import { Tabs } from "radix-ui";
import { useAlertStream } from "../../api/alertStream";
import type { AlertsSearch } from "../../search";
import { Channels } from "./Channels";
import { Deliveries } from "./Deliveries";
import { Fired } from "./Fired";
import { Maintenance } from "./Maintenance";
import { Rules } from "./Rules";

const route = getRouteApi("/inside/projects/$project/alerts");

const TABS = [
  ["fired", "What fired"],
  ["rules", "Rules"],
  ["channels", "Channels"],
  ["deliveries", "Deliveries"],
  ["maintenance", "Maintenance"],
] as const;

export function AlertsPage() {
  const { project } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const live = useAlertStream();
  const show = (next: AlertsSearch) => void navigate({ search: next });
  return (
    <div className="page alerts">
      <div className="page-head">
        <h1>Alerts</h1>
        <span className={live ? "chip accent" : "chip"} role="status">
          {live ? "live" : "connecting…"}
        </span>
      </div>
      <Tabs.Root
        value={search.tab ?? "fired"}
        onValueChange={(tab) => show(tab === "fired" ? {} : { tab: tab as AlertsSearch["tab"] })}
      >
        <Tabs.List className="tabs" aria-label="Alerts">
          {TABS.map(([tab, label]) => (
            <Tabs.Trigger key={tab} className="tab" value={tab}>
              {label}
            </Tabs.Trigger>
          ))}
        </Tabs.List>
        <Tabs.Content value="fired" className="tab-body">
          <Fired
            project={project}
            state={search.state ?? "any"}
            rule={search.rule}
            onSearch={(changed) => show({ state: search.state, rule: search.rule, ...changed })}
          />
        </Tabs.Content>
        <Tabs.Content value="rules" className="tab-body">
          <Rules project={project} edited={search.rule} onEdit={(rule) => show({ tab: "rules", rule })} />
        </Tabs.Content>
        <Tabs.Content value="channels" className="tab-body">
          <Channels project={project} />
        </Tabs.Content>
        <Tabs.Content value="deliveries" className="tab-body">
          <Deliveries project={project} />
        </Tabs.Content>
        <Tabs.Content value="maintenance" className="tab-body">
          <Maintenance project={project} />
        </Tabs.Content>
      </Tabs.Root>
    </div>
  );
}
