import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect } from "react";
import { projectsQuery } from "../api/queries";
import { isAdminSomewhere } from "../lib/role";
import { Icon } from "./Icon";
import { Menu, MenuItem, MenuLabel, MenuLine } from "./Menu";

const LAST = "stacktide.project";

/** The project that was looked at last, in this browser. */
export const lastProject = () => localStorage.getItem(LAST);

export function ProjectSwitcher({ current }: { current: string | null }) {
  const navigate = useNavigate();
  const { data, error } = useQuery(projectsQuery);
  const projects = data ?? [];
  const project = projects.find((one) => one.id === current || one.slug === current);
  useEffect(() => {
    if (project) localStorage.setItem(LAST, project.slug);
  }, [project]);
  const trigger = (
    <button className="side-button switcher">
      <span className="clip">
        <span className="hidden-text">Project: </span>
        {project?.name ?? current ?? "Choose a project"}
      </span>
      <Icon name="down" />
    </button>
  );
  return (
    <Menu trigger={trigger}>
      <MenuLabel>{data ? "Projects" : (error?.message ?? "Loading…")}</MenuLabel>
      {projects.map((one) => (
        <MenuItem
          key={one.id}
          onSelect={() => void navigate({ to: "/projects/$project/issues", params: { project: one.slug } })}
        >
          <span className="clip">{one.name}</span>
          <span className="end">{one.id === project?.id ? "✓" : ""}</span>
        </MenuItem>
      ))}
      {isAdminSomewhere() && (
        <>
          <MenuLine />
          <MenuItem onSelect={() => void navigate({ to: "/new-project" })}>
            <Icon name="plus" />
            New project
          </MenuItem>
        </>
      )}
    </Menu>
  );
}
