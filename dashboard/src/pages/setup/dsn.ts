/** The DSN that the server has just shown, once: kept in memory until the page is left or loaded again. */

const shown = new Map<string, string>();

export const keepDsn = (project: string, dsn: string) => shown.set(project, dsn);
export const shownDsn = (project: string) => shown.get(project);
