/** Single-key shortcuts. They can be switched off (WCAG 2.1.4), and never act while someone types. */

import { useEffect, useRef, useSyncExternalStore } from "react";

const SETTING = "stacktide.hotkeys";
const listeners = new Set<() => void>();

/** What keys do, by key ("j", "/", "?") or by two keys in a row ("g i"). */
export type Hotkeys = Record<string, () => void>;

export function hotkeysOn(): boolean {
  return localStorage.getItem(SETTING) !== "off";
}

export function setHotkeys(on: boolean): void {
  localStorage.setItem(SETTING, on ? "on" : "off");
  listeners.forEach((listener) => listener());
}

export function useHotkeysOn(): boolean {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, hotkeysOn);
}

/** Milliseconds within which the second key of a pair must follow. */
const PAIR = 900;

/** Listen while the component is shown. */
export function useHotkeys(hotkeys: Hotkeys): void {
  const current = useRef(hotkeys);
  useEffect(() => {
    current.current = hotkeys;
  });
  useEffect(() => {
    let previous = { key: "", at: -Infinity };
    const press = (event: KeyboardEvent) => {
      if (!hotkeysOn() || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const pair = event.timeStamp - previous.at < PAIR ? `${previous.key} ${event.key}` : "";
      const action = current.current[pair] ?? current.current[event.key];
      previous = { key: event.key, at: event.timeStamp };
      if (action === undefined) return;
      event.preventDefault();
      action();
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, []);
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  // In a dialog or a menu, keys belong to it.
  if (target.closest("[role=dialog], [role=menu]")) return true;
  return (
    target.isContentEditable || (/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) && !isCheckbox(target))
  );
}

function isCheckbox(target: HTMLElement): boolean {
  return target instanceof HTMLInputElement && target.type === "checkbox";
}
