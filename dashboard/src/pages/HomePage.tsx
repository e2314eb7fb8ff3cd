/** Leads to the project that was looked at last, or to the first one. */

import { useQuery } from "@tanstack/react-query";
import { Link, Navigate } from "@tanstack/react-router";
import { projectsQuery } from "../api/queries";
import { lastProject } from "../components/ProjectSwitcher";
import { isAdminSomewhere } from "../lib/role";
import { Empty, Failed, Loading } from "../components/states";

export function HomePage() {
  const { data, error, refetch } = useQuery(projectsQuery);
  if (error && !data) return <Failed error={error} retry={() => void refetch()} />;
  if (!data) return <Loading what="projects" />;
  const project = data.find((one) => one.slug === lastProject()) ?? data[0];
  if (project) return <Navigate to="/projects/$project/issues" params={{ project: project.slug }} replace />;
  return (
    <Empty title="No project yet">
      <p>A project is where one program, or one service, reports its errors.</p>
      {isAdminSomewhere() ? (
        <Link to="/new-project" className="button primary">
          New project
        </Link>
      ) : (
        <p>An admin of your organisation makes them, and decides which ones you see.</p>
      )}
    </Empty>
  );
}
