/** A modal dialog. Radix keeps the focus inside and gives it back; its own overlay is not used, as it would need inline
 * styles that the page's Content-Security-Policy forbids. */

import { Dialog as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { Icon } from "./Icon";

interface DialogProps {
  open: boolean;
  onClose: () => void;
  title: string;
  kind?: "wide" | "drawer";
  children: ReactNode;
}

export function Dialog({ open, onClose, title, kind, children }: DialogProps) {
  return (
    <Radix.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Radix.Portal>
        <div className="veil" />
        <Radix.Content className={`dialog ${kind ?? ""}`} aria-describedby={undefined}>
          <div className="dialog-head">
            <Radix.Title asChild>
              <h2>{title}</h2>
            </Radix.Title>
            <Radix.Close className="button quiet icon" aria-label="Close">
              <Icon name="close" />
            </Radix.Close>
          </div>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
