/** Which address shows which page, and what its parameters are. Pages but the first are loaded when they are opened. */

import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import { currentSession } from "./api/accounts";
import { Empty, Failed } from "./components/states";
import { Shell } from "./components/Shell";
import {
  readAlertsSearch,
  readExploreSearch,
  readIssueSearch,
  readIssuesSearch,
  readSettingsSearch,
} from "./search";
import { HomePage } from "./pages/HomePage";
import { IssuesPage } from "./pages/issues/IssuesPage";

const root = createRootRoute({
  component: Outlet,
  notFoundComponent: () => (
    <main className="page">
      <Empty title="There is no such page">
        <a href="/">To the first page</a>
      </Empty>
    </main>
  ),
  errorComponent: ({ error }) => (
    <main>
      <PageFailed error={error} />
    </main>
  ),
});

const login = createRoute({
  getParentRoute: () => root,
  path: "/login",
  validateSearch: (search): { next?: string } => {
    // Only an address within this page: never another site.
    const next = search.next;
    return typeof next === "string" && /^\/(?![/\\])/.test(next) ? { next } : {};
  },
  component: lazyRouteComponent(() => import("./pages/LoginPage"), "LoginPage"),
});

const invitation = createRoute({
  getParentRoute: () => root,
  path: "/invitation",
  component: lazyRouteComponent(() => import("./pages/InvitationPage"), "InvitationPage"),
});

const inside = createRoute({
  getParentRoute: () => root,
  id: "inside",
  beforeLoad: async ({ location }) => {
    if ((await currentSession()) === null) throw redirect({ to: "/login", search: { next: location.href } });
  },
  component: Shell,
});

const home = createRoute({ getParentRoute: () => inside, path: "/", component: HomePage });

const newProject = createRoute({
  getParentRoute: () => inside,
  path: "/new-project",
  component: lazyRouteComponent(() => import("./pages/setup/NewProjectPage"), "NewProjectPage"),
});

const stream = createRoute({
  getParentRoute: () => inside,
  path: "/stream",
  component: lazyRouteComponent(() => import("./pages/stream/StreamPage"), "StreamPage"),
});

const project = createRoute({ getParentRoute: () => inside, path: "/projects/$project", component: Outlet });

const issues = createRoute({
  getParentRoute: () => project,
  path: "issues",
  validateSearch: readIssuesSearch,
  component: IssuesPage,
});

const issue = createRoute({
  getParentRoute: () => project,
  path: "issues/$issue",
  validateSearch: readIssueSearch,
  component: lazyRouteComponent(() => import("./pages/issue/IssuePage"), "IssuePage"),
});

const explore = createRoute({
  getParentRoute: () => project,
  path: "explore",
  validateSearch: readExploreSearch,
  component: lazyRouteComponent(() => import("./pages/explore/ExplorePage"), "ExplorePage"),
});

const setup = createRoute({
  getParentRoute: () => project,
  path: "setup",
  component: lazyRouteComponent(() => import("./pages/setup/SetupPage"), "SetupPage"),
});

const alerts = createRoute({
  getParentRoute: () => project,
  path: "alerts",
  validateSearch: readAlertsSearch,
  component: lazyRouteComponent(() => import("./pages/alerts/AlertsPage"), "AlertsPage"),
});

const settings = createRoute({
  getParentRoute: () => project,
  path: "settings",
  validateSearch: readSettingsSearch,
  component: lazyRouteComponent(() => import("./pages/settings/SettingsPage"), "SettingsPage"),
});

const tree = root.addChildren([
  login,
  invitation,
  inside.addChildren([
    home,
    newProject,
    stream,
    project.addChildren([issues, issue, explore, setup, alerts, settings]),
  ]),
]);

export function makeRouter() {
  return createRouter({
    routeTree: tree,
    defaultPreload: "intent",
    scrollRestoration: true,
    defaultErrorComponent: PageFailed,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}

/** A page that could not be shown, inside of what surrounds it, so that one can go elsewhere. */
function PageFailed({ error }: { error: unknown }) {
  return (
    <div className="page">
      <Failed error={asError(error)} retry={() => location.reload()} />
    </div>
  );
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
