/** The search of the list, with what could be written next (a combobox by the ARIA Authoring Practices). */

import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState, type FormEvent, type KeyboardEvent } from "react";
import type { ApiError } from "../../api/client";
import { completionsQuery } from "../../api/queries";
import { Icon } from "../../components/Icon";
import { useHotkeys } from "../../lib/hotkeys";

/** Milliseconds without a key before completions are asked for. */
const PAUSE = 150;

interface SearchFieldProps {
  project: string;
  query: string;
  mistake: ApiError | null;
  onSearch: (query: string | undefined) => void;
}

export function SearchField({ project, query, mistake, onSearch }: SearchFieldProps) {
  const field = useRef<HTMLInputElement>(null);
  const { offers, at, open, ask, close, move } = useCompletions(project);
  useHotkeys({ "/": () => field.current?.select() });
  const look = () => {
    const input = field.current;
    if (input) ask(input.value, input.selectionStart ?? input.value.length);
  };
  const take = (item: string) => {
    const input = field.current;
    if (!input || !offers) return;
    // A field is followed by its value, and a value by the next term.
    const text = item.endsWith(":") ? item : `${item} `;
    input.setRangeText(text, offers.start, offers.end, "end");
    input.focus();
    if (item.endsWith(":")) look();
    else close();
  };
  const press = (event: KeyboardEvent<HTMLInputElement>) => {
    const chosen = offers?.items[at];
    if (event.key === "Escape") {
      if (open) close();
      else event.currentTarget.blur();
    } else if (open && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      move(event.key === "ArrowDown" ? 1 : -1);
    } else if (open && chosen !== undefined && (event.key === "Enter" || event.key === "Tab")) {
      event.preventDefault();
      take(chosen);
    }
  };
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    close();
    onSearch(field.current?.value.trim() || undefined);
  };
  return (
    <form role="search" onSubmit={submit}>
      <div className="search">
        <Icon name="search" />
        <input
          // The address decides what is searched for: a new one makes a new field.
          key={query}
          ref={field}
          className="input mono"
          type="search"
          role="combobox"
          defaultValue={query}
          placeholder="Search, e.g. timeout level:error release:shop@1.*"
          aria-label="Search issues"
          aria-invalid={mistake !== null}
          aria-describedby={mistake ? "search-mistake" : undefined}
          aria-expanded={open}
          aria-controls="search-offers"
          aria-autocomplete="list"
          aria-activedescendant={open && at >= 0 ? `search-offer-${at}` : undefined}
          autoComplete="off"
          spellCheck={false}
          maxLength={2000}
          onInput={look}
          onBlur={close}
          onKeyDown={press}
        />
        <kbd aria-hidden="true">/</kbd>
        <ul
          id="search-offers"
          role="listbox"
          aria-label="What could follow"
          className="offers"
          hidden={!open}
        >
          {offers?.items.map((item, index) => (
            <li
              key={item}
              id={`search-offer-${index}`}
              role="option"
              aria-selected={index === at}
              className="menu-item mono clip"
              data-highlighted={index === at ? "" : undefined}
              // The field must keep the focus.
              onPointerDown={(event) => {
                event.preventDefault();
                take(item);
              }}
            >
              {item}
            </li>
          ))}
        </ul>
      </div>
      {mistake && (
        <div className="search-mistake" id="search-mistake" role="alert">
          <Pointer query={query} position={mistake.detail?.position} />
          <p className="data">{mistake.message}</p>
        </div>
      )}
    </form>
  );
}

/** Completions of what is being typed, none of which is chosen until somebody moves to one. */
function useCompletions(project: string) {
  const [typed, setTyped] = useState<{ text: string; place: number } | null>(null);
  const [asked, setAsked] = useState(typed);
  const [at, setAt] = useState(-1);
  useEffect(() => {
    const timer = setTimeout(() => setAsked(typed), PAUSE);
    return () => clearTimeout(timer);
  }, [typed]);
  const { data } = useQuery({
    ...completionsQuery(project, asked?.text ?? "", asked?.place ?? 0),
    enabled: asked !== null,
  });
  const current = typed !== null && typed === asked;
  const open = current && data !== undefined && data.items.length > 0;
  return {
    offers: open ? data : undefined,
    at,
    open,
    ask: (text: string, place: number) => {
      setAt(-1);
      setTyped({ text, place });
    },
    close: () => setTyped(null),
    move: (by: number) => {
      const count = data?.items.length ?? 0;
      setAt((before) => (before < 0 && by < 0 ? count - 1 : (before + by + count) % count));
    },
  };
}

/** The query with the character marked at which reading it failed. */
function Pointer({ query, position }: { query: string; position: unknown }) {
  if (typeof position !== "number") return null;
  return (
    <code className="data">
      {query.slice(0, position)}
      <mark>{query.slice(position, position + 1) || " "}</mark>
      {query.slice(position + 1)}
    </code>
  );
}
