/** From a frame of a stack trace to its line in the repository. What frames say is data: no address is made of what is none. */

import type { Repository, SourceRoot } from "../api/repository";
import type { Frame } from "../api/types";
import { safeLink } from "./text";

/** What bundlers put before the path of a module: `webpack://shop/./src/cart.ts`, `app:///src/cart.ts`. */
const BUNDLED = /^(?:webpack(?:-internal)?|app):\/\/[^/]*\/(?:\.\/)*/;
const SOURCES_OF_JVM = /\.(?:java|kt|scala|groovy)$/;

/** The address of a frame's line, for frames of the application; null where it is not known. */
export function sourceLink(frame: Frame, repository: Repository | undefined): string | null {
  if (!repository?.link || !frame.in_app || !frame.lineno || frame.lineno < 1) return null;
  const path = pathIn(frame, repository.roots);
  if (path === null) return null;
  return safeLink(repository.link.replace("{path}", () => path).replace("{line}", String(frame.lineno)));
}

/** The address of a commit. */
export function commitLink(commit: string, repository: Repository | undefined): string | null {
  if (!repository?.commit_link || !/^[0-9a-f]{7,64}$/i.test(commit)) return null;
  return safeLink(repository.commit_link.replace("{commit}", commit));
}

/** A frame's file from the root of the repository, encoded: by the first root that fits, else as it is where it is relative. */
function pathIn(frame: Frame, roots: readonly SourceRoot[]): string | null {
  const own = pathsOf(frame);
  for (const { stack, source } of roots) {
    const found = own.find((path) => path.startsWith(slashes(stack)));
    if (found !== undefined) return encoded(source + found.slice(stack.length));
  }
  const relative = own.find((path) => !/^(?:\/|[a-z][a-z0-9+.-]*:)/i.test(path));
  return relative === undefined ? null : encoded(relative);
}

/** What a frame calls its file: as it came, and without what a bundler put before it. */
function pathsOf({ filename, abs_path: absolute, module }: Frame): string[] {
  const given = [filename, absolute].filter((path) => path !== undefined && path !== "") as string[];
  // Of the JVM only the file's name is known; the folder is that of the package.
  if (filename && module?.includes(".") && SOURCES_OF_JVM.test(filename) && !/[/\\]/.test(filename)) {
    given.unshift([...module.split(".").slice(0, -1), filename].join("/"));
  }
  const plain = given.map(slashes);
  return [...plain.map((path) => path.replace(BUNDLED, "")), ...plain];
}

const slashes = (path: string) => path.replaceAll("\\", "/");

function encoded(path: string): string | null {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.length === 0 || parts.includes("..") || path.includes("<")) return null;
  try {
    return parts.map(encodeURIComponent).join("/");
  } catch {
    // Half of a surrogate pair.
    return null;
  }
}
