/** What surrounds every page: the way around, the project, and the shortcuts that work everywhere. */

import { Link, Outlet, useLocation, useNavigate, useParams } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useHotkeys } from "../lib/hotkeys";
import { isAdminSomewhere } from "../lib/role";
import { Dialog } from "./Dialog";
import { HelpDialog } from "./HelpDialog";
import { Icon } from "./Icon";
import { lastProject, ProjectSwitcher } from "./ProjectSwitcher";
import { SideFoot, SideNav } from "./SideNav";
import { Toasts } from "./toast";

export function Shell() {
  const { project } = useParams({ strict: false });
  const [help, setHelp] = useState(false);
  const [drawer, setDrawer] = useState(false);
  const navigate = useNavigate();
  const current = project ?? lastProject();
  const go = (to: "issues" | "explore" | "alerts" | "settings") => () => {
    if (current) void navigate({ to: `/projects/$project/${to}`, params: { project: current } });
  };
  useHotkeys({
    "?": () => setHelp(true),
    "g i": go("issues"),
    "g e": go("explore"),
    "g a": go("alerts"),
    "g s": () => {
      if (isAdminSomewhere()) void navigate({ to: "/stream" });
    },
  });
  useCloseOnMove(() => setDrawer(false));

  const side = (
    <>
      <ProjectSwitcher current={current} />
      <SideNav project={current} />
      <SideFoot onHelp={() => setHelp(true)} />
    </>
  );
  return (
    <>
      <a className="skip" href="#main">
        Skip to the content
      </a>
      <div className="shell">
        <header className="top">
          <button className="button quiet icon" aria-label="Menu" onClick={() => setDrawer(true)}>
            <Icon name="menu" />
          </button>
          <Brand />
        </header>
        <div className="side">
          <Brand />
          {side}
        </div>
        <main id="main" className="main" tabIndex={-1}>
          <Outlet />
        </main>
      </div>
      <Dialog open={drawer} onClose={() => setDrawer(false)} title="Menu" kind="drawer">
        <div className="drawer-body">{side}</div>
      </Dialog>
      <HelpDialog open={help} onClose={() => setHelp(false)} />
      <Toasts />
    </>
  );
}

function Brand() {
  return (
    <Link to="/" className="brand">
      <img src="/icon.svg" width="22" height="22" alt="" />
      Stacktide
    </Link>
  );
}

/** Calls back when the address changes. */
function useCloseOnMove(close: () => void): void {
  const { pathname } = useLocation();
  // eslint-disable-next-line react-hooks/exhaustive-deps -- the address alone decides
  useEffect(close, [pathname]);
}
