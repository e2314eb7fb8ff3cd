/** Alerts as they come: they appear in the lists at once. */

import { useQueryClient, type InfiniteData, type QueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { EventReader } from "../lib/serverSentEvents";
import { asListed } from "./alerts";
import type { Alert, StreamedAlert } from "./alertTypes";
import { stream } from "./client";
import type { Page } from "./types";

/** Milliseconds before the stream is asked for again. */
const PAUSE = 3_000;

/** Listens while the component is shown; whether the stream is open. */
export function useAlertStream(): boolean {
  const client = useQueryClient();
  const [open, setOpen] = useState(false);
  useEffect(() => {
    const leave = new AbortController();
    void listen(client, leave.signal, setOpen);
    return () => leave.abort();
  }, [client]);
  return open;
}

async function listen(client: QueryClient, signal: AbortSignal, setOpen: (open: boolean) => void) {
  let last = "";
  while (!signal.aborted) {
    try {
      const body = await stream("/alerts/stream", last, signal);
      setOpen(true);
      last = await readAll(body, client, last);
    } catch {
      // Away, or over: asked for again below, and lists are asked for anyway meanwhile.
    }
    if (signal.aborted) return;
    setOpen(false);
    await new Promise((resume) => setTimeout(resume, PAUSE));
  }
}

async function readAll(body: ReadableStream<Uint8Array>, client: QueryClient, last: string): Promise<string> {
  const [events, decoder, reader] = [new EventReader(), new TextDecoder(), body.getReader()];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return last;
      for (const event of events.read(decoder.decode(value, { stream: true }))) {
        last = event.id || last;
        if (event.data) show(client, asListed((JSON.parse(event.data) as { data: StreamedAlert }).data));
      }
    }
  } catch {
    return last;
  }
}

/** Puts an alert into the lists that it belongs to; they are keyed by the project's id or slug. */
function show(client: QueryClient, alert: Alert): void {
  for (const [key, data] of client.getQueriesData<InfiniteData<Page<Alert>>>({ queryKey: ["alerts"] })) {
    const [, , state, rule] = key as [string, string, string, string?];
    const known = data?.pages.flatMap((page) => page.items).find((one) => one.id === alert.id);
    const project = data?.pages[0]?.items[0]?.project;
    // An empty list does not say whose it is: it is asked for again.
    if (!data || project === undefined) void client.invalidateQueries({ queryKey: key });
    else if (project === alert.project && (rule === undefined || rule === alert.rule))
      client.setQueryData(
        key,
        withAlert(data, { ...alert, acknowledged: known?.acknowledged ?? null }, state),
      );
  }
}

function withAlert(data: InfiniteData<Page<Alert>>, alert: Alert, state: string): InfiniteData<Page<Alert>> {
  const fits = state === "any" || state === alert.state;
  const known = data.pages.some((page) => page.items.some((one) => one.id === alert.id));
  const pages = data.pages.map((page, index) => {
    const items = page.items.flatMap((one) => (one.id !== alert.id ? [one] : fits ? [alert] : []));
    return { ...page, items: index === 0 && !known && fits ? [alert, ...items] : items };
  });
  return { ...data, pages };
}
