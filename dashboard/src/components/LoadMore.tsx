import type { UseInfiniteQueryResult } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { Notice } from "./states";
import { number } from "../lib/text";

/** Beyond this, more is loaded only when someone asks for it: nobody reads a thousand rows. */
const BY_ITSELF = 500;

interface LoadMoreProps {
  list: Pick<
    UseInfiniteQueryResult,
    "hasNextPage" | "isFetchingNextPage" | "fetchNextPage" | "isFetchNextPageError"
  >;
  loaded: number;
  /** Whether the next page comes by itself; where other things follow the list it would push them away. */
  byItself?: boolean;
}

/** The end of a list: loads the next page when it comes into view. */
export function LoadMore({ list, loaded, byItself: wanted = true }: LoadMoreProps) {
  const end = useRef<HTMLDivElement>(null);
  const { hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage } = list;
  const byItself =
    wanted && hasNextPage && !isFetchingNextPage && !isFetchNextPageError && loaded < BY_ITSELF;
  useEffect(() => {
    if (!byItself || end.current === null) return;
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && void fetchNextPage(), {
      rootMargin: "400px",
    });
    observer.observe(end.current);
    return () => observer.disconnect();
  }, [byItself, fetchNextPage]);
  if (!hasNextPage) return null;
  return (
    <div ref={end} className="load-more">
      {loaded >= BY_ITSELF && (
        <Notice>{number(loaded)} are shown and there are more. A search or a filter finds sooner.</Notice>
      )}
      {isFetchNextPageError && <Notice error>The next page could not be loaded.</Notice>}
      <button className="button" onClick={() => void fetchNextPage()} disabled={isFetchingNextPage}>
        {isFetchingNextPage ? "Loading…" : "Load more"}
      </button>
    </div>
  );
}
