/** What a project and its organisation manage: keys, members, tokens, and who changed what. */

import "./settings.css";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Tabs } from "radix-ui";
import type { ReactNode } from "react";
import type { Project } from "../../api/types";
import { projectsQuery } from "../../api/queries";
import { Failed, Loading } from "../../components/states";
import { rightsIn } from "../../lib/role";
import type { SettingsTab } from "../../search";
import { AuditLog } from "./AuditLog";
import { Filtering } from "./configuration/Filtering";
import { GroupingSettings } from "./configuration/GroupingSettings";
import { ScrubbingSettings } from "./configuration/ScrubbingSettings";
import { Members } from "./Members";
import { Privacy } from "./Privacy";
import { ProjectSettings } from "./ProjectSettings";
import { Teams } from "./Teams";
import { Tokens } from "./Tokens";

const route = getRouteApi("/inside/projects/$project/settings");

type Tab = [
  value: SettingsTab | "project",
  label: string,
  onlyAdmins: boolean,
  show: (project: Project) => ReactNode,
];

const TABS: readonly Tab[] = [
  ["project", "Project", false, (project) => <ProjectSettings project={project} />],
  ["filters", "Filters", false, (project) => <Filtering project={project.id} />],
  ["scrubbing", "Scrubbing", false, (project) => <ScrubbingSettings project={project.id} />],
  ["grouping", "Grouping", false, (project) => <GroupingSettings project={project.id} />],
  ["members", "Members", false, (project) => <Members organisation={project.organisation} />],
  ["teams", "Teams", false, (project) => <Teams organisation={project.organisation} />],
  ["privacy", "Privacy", true, (project) => <Privacy project={project} />],
  ["tokens", "API tokens", true, (project) => <Tokens organisation={project.organisation} />],
  ["audit", "Audit log", true, (project) => <AuditLog organisation={project.organisation} />],
];

export function SettingsPage() {
  const { project: name } = route.useParams();
  const { tab = "project" } = route.useSearch();
  const navigate = route.useNavigate();
  const { data, error, refetch } = useQuery(projectsQuery);
  if (error && !data) return <Failed error={error} retry={() => void refetch()} />;
  if (!data) return <Loading what="the project" />;
  const project = data.find((one) => one.slug === name || one.id === name);
  if (!project) return <Failed error={new Error("There is no such project, or you may not see it.")} />;
  const { admin } = rightsIn(project.organisation);
  const tabs = TABS.filter(([, , onlyAdmins]) => admin || !onlyAdmins);
  return (
    <div className="page settings">
      <h1>Settings</h1>
      <Tabs.Root
        value={tabs.some(([value]) => value === tab) ? tab : "project"}
        onValueChange={(next) =>
          void navigate({ search: next === "project" ? {} : { tab: next as SettingsTab } })
        }
      >
        <Tabs.List className="tabs" aria-label="Settings">
          {tabs.map(([value, label]) => (
            <Tabs.Trigger key={value} className="tab" value={value}>
              {label}
            </Tabs.Trigger>
          ))}
        </Tabs.List>
        {tabs.map(([value, , , show]) => (
          <Tabs.Content key={`${value} ${project.id}`} value={value} className="tab-body">
            {show(project)}
          </Tabs.Content>
        ))}
      </Tabs.Root>
    </div>
  );
}
