/** Searches of the list that somebody keeps under a name, by project, in this browser. */

import { readIssuesSearch, type IssuesSearch } from "../search";

export interface View {
  name: string;
  search: IssuesSearch;
}

const key = (project: string) => `stacktide.views.${project}`;

/** What is stored is read with care: it may be of an older page, or somebody else's work. */
export function loadViews(project: string): View[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(key(project)) ?? "[]");
    if (!Array.isArray(stored)) return [];
    return stored.flatMap((one: unknown) => {
      if (typeof one !== "object" || one === null) return [];
      const { name, search } = one as { name?: unknown; search?: unknown };
      if (typeof name !== "string" || typeof search !== "object" || search === null) return [];
      return [{ name, search: readIssuesSearch(search as Record<string, unknown>) }];
    });
  } catch {
    return [];
  }
}

/** A view of the same name is replaced. */
export function saveView(project: string, view: View): View[] {
  return store(project, [...loadViews(project).filter((one) => one.name !== view.name), view]);
}

export function removeView(project: string, name: string): View[] {
  return store(
    project,
    loadViews(project).filter((one) => one.name !== name),
  );
}

function store(project: string, views: View[]): View[] {
  localStorage.setItem(key(project), JSON.stringify(views));
  return views;
}
