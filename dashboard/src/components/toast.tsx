/** Short messages that pass, read out by screen readers. */

import { useSyncExternalStore } from "react";

interface Toast {
  id: number;
  text: string;
}

let toasts: readonly Toast[] = [];
let serial = 0;
const listeners = new Set<() => void>();

/** Show a message for some seconds. */
export function say(text: string): void {
  const toast = { id: ++serial, text };
  publish([...toasts, toast].slice(-3));
  setTimeout(() => publish(toasts.filter((other) => other !== toast)), 5_000);
}

function publish(next: readonly Toast[]): void {
  toasts = next;
  listeners.forEach((listener) => listener());
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function Toasts() {
  const shown = useSyncExternalStore(subscribe, () => toasts);
  return (
    <div className="toasts" role="status" aria-live="polite">
      {shown.map((toast) => (
        <div key={toast.id} className="toast">
          {toast.text}
        </div>
      ))}
    </div>
  );
}
