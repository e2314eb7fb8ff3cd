import { useState, type ReactNode } from "react";
import { number } from "../lib/text";

interface ShownProps<Item> {
  items: readonly Item[];
  most: number;
  children: (shown: readonly Item[]) => ReactNode;
}

/** The first of what may be too much for a page, and the way to all of it. */
export function Shown<Item>({ items, most, children }: ShownProps<Item>) {
  const [all, setAll] = useState(false);
  return (
    <>
      {children(all ? items : items.slice(0, most))}
      {!all && items.length > most && (
        <div className="load-more">
          <button className="button" onClick={() => setAll(true)}>
            Show all {number(items.length)}
          </button>
        </div>
      )}
    </>
  );
}
