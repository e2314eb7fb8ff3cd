/** A menu under a button, with Radix's keyboard and screen-reader behaviour. */

import { DropdownMenu as Radix } from "radix-ui";
import type { ReactNode } from "react";

interface MenuProps {
  trigger: ReactNode;
  align?: "start" | "end";
  children: ReactNode;
}

export function Menu({ trigger, align = "start", children }: MenuProps) {
  return (
    <Radix.Root modal={false}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content className="menu" align={align} sideOffset={4} collisionPadding={8}>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

export const MenuItem = ({ onSelect, children }: { onSelect: () => void; children: ReactNode }) => (
  <Radix.Item className="menu-item" onSelect={onSelect}>
    {children}
  </Radix.Item>
);

interface MenuCheckProps {
  checked: boolean;
  onChange: () => void;
  children: ReactNode;
}

/** An item that is on or off; the menu stays open, so that several can be chosen. */
export const MenuCheck = ({ checked, onChange, children }: MenuCheckProps) => (
  <Radix.CheckboxItem
    className="menu-item"
    checked={checked}
    onCheckedChange={onChange}
    onSelect={(event) => event.preventDefault()}
  >
    <span className="tick" aria-hidden="true">
      {checked ? "✓" : ""}
    </span>
    {children}
  </Radix.CheckboxItem>
);

export const MenuLabel = ({ children }: { children: ReactNode }) => (
  <Radix.Label className="menu-label">{children}</Radix.Label>
);

export const MenuLine = () => <Radix.Separator className="menu-line" />;
