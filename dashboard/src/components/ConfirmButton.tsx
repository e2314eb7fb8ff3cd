import { useState } from "react";

/** A button for what cannot be taken back: it asks to be pressed twice. */
export function ConfirmButton({ label, onConfirm }: { label: string; onConfirm: () => void }) {
  const [asked, setAsked] = useState(false);
  const press = () => {
    if (asked) onConfirm();
    setAsked(!asked);
  };
  return (
    <button className="button small" onClick={press} onBlur={() => setAsked(false)} aria-live="polite">
      {asked ? `Really ${label.toLowerCase()}?` : label}
    </button>
  );
}
