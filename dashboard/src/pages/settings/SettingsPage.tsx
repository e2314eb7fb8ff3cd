/** What a project and its organisation manage: keys, members, tokens, and who changed what. */

import "./settings.css";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Tabs } from "radix-ui";
import { projectsQuery } from "../../api/queries";
import { Failed, Loading } from "../../components/states";
import { AuditLog } from "./AuditLog";
import { Members } from "./Members";
import { ProjectSettings } from "./ProjectSettings";
import { Tokens } from "./Tokens";

const route = getRouteApi("/inside/projects/$project/settings");

export function SettingsPage() {
  const { project: name } = route.useParams();
  const { data, error, refetch } = useQuery(projectsQuery);
  if (error) return <Failed error={error} retry={() => void refetch()} />;
  if (!data) return <Loading what="the project" />;
  const project = data.find((one) => one.slug === name || one.id === name);
  if (!project) return <Failed error={new Error("There is no such project, or you may not see it.")} />;
  return (
    <div className="page settings">
      <h1>Settings</h1>
      <Tabs.Root defaultValue="project">
        <Tabs.List className="tabs" aria-label="Settings">
          <Tabs.Trigger className="tab" value="project">
            Project
          </Tabs.Trigger>
          <Tabs.Trigger className="tab" value="members">
            Members
          </Tabs.Trigger>
          <Tabs.Trigger className="tab" value="tokens">
            API tokens
          </Tabs.Trigger>
          <Tabs.Trigger className="tab" value="audit">
            Audit log
          </Tabs.Trigger>
        </Tabs.List>
        <Tabs.Content value="project" className="tab-body">
          <ProjectSettings key={project.id} project={project} />
        </Tabs.Content>
        <Tabs.Content value="members" className="tab-body">
          <Members organisation={project.organisation} />
        </Tabs.Content>
        <Tabs.Content value="tokens" className="tab-body">
          <Tokens organisation={project.organisation} />
        </Tabs.Content>
        <Tabs.Content value="audit" className="tab-body">
          <AuditLog organisation={project.organisation} />
        </Tabs.Content>
      </Tabs.Root>
    </div>
  );
}
