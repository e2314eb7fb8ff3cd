import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { logOut } from "../api/accounts";
import { knownSession } from "../session";
import { isAdminSomewhere } from "../lib/role";
import { setTheme, theme, type Theme } from "../lib/theme";
import { Icon, type IconName } from "./Icon";
import { Menu, MenuCheck } from "./Menu";
import { say } from "./toast";

const PAGES = [
  ["issues", "Issues", "issues"],
  ["explore", "Explore", "explore"],
  ["alerts", "Alerts", "alerts"],
  ["setup", "Set up", "setup"],
  ["settings", "Settings", "settings"],
] as const satisfies readonly (readonly [string, string, IconName])[];

export function SideNav({ project }: { project: string | null }) {
  return (
    <nav className="nav" aria-label="Pages">
      {project !== null &&
        PAGES.map(([page, label, icon]) => (
          <Link key={page} to={`/projects/$project/${page}`} params={{ project }}>
            <Icon name={icon} />
            {label}
          </Link>
        ))}
      {isAdminSomewhere() && (
        <Link to="/stream">
          <Icon name="stream" />
          Stream
        </Link>
      )}
    </nav>
  );
}

export function SideFoot({ onHelp }: { onHelp: () => void }) {
  const session = knownSession();
  const client = useQueryClient();
  const leave = async () => {
    // What is still under way would only be refused.
    await client.cancelQueries();
    await logOut();
  };
  return (
    <div className="foot">
      <button className="side-button" onClick={onHelp}>
        <Icon name="help" />
        Shortcuts
      </button>
      <ThemeMenu />
      <button
        className="side-button"
        onClick={() => void leave().catch((error: Error) => say(error.message))}
      >
        <Icon name="leave" />
        <span className="clip">
          Log out
          {session?.kind === "user" && (
            <span className="faint"> {session.user.name || session.user.email}</span>
          )}
        </span>
      </button>
    </div>
  );
}

const THEMES: readonly (readonly [Theme, string])[] = [
  ["system", "As the system"],
  ["light", "Light"],
  ["dark", "Dark"],
];

function ThemeMenu() {
  const [chosen, setChosen] = useState(theme);
  const choose = (next: Theme) => {
    setTheme(next);
    setChosen(next);
  };
  const trigger = (
    <button className="side-button">
      <Icon name="theme" />
      Appearance
    </button>
  );
  return (
    <Menu trigger={trigger}>
      {THEMES.map(([value, label]) => (
        <MenuCheck key={value} checked={value === chosen} onChange={() => choose(value)}>
          {label}
        </MenuCheck>
      ))}
    </Menu>
  );
}
