/** Line icons on a 16 × 16 grid. They are decoration: the words beside them, or a button's label, carry the meaning. */

const PATHS = {
  issues: "M8 2.200l6 11H2zM8 6.500v3M8 11.400v.1",
  explore: "M2 13.500h12M4 11V8M7 11V4M10 11V6.500M13 11V3",
  alerts: "M4 11.500V7a4 4 0 018 0v4.500M2.500 11.500h11M6.700 14h2.600",
  stream: "M2 4.500c2-2 4-2 6 0s4 2 6 0M2 8.500c2-2 4-2 6 0s4 2 6 0M2 12.500c2-2 4-2 6 0s4 2 6 0",
  setup: "M6 3L2.500 8 6 13M10 3l3.500 5-3.500 5",
  settings: "M2 4.500h7M12.500 4.500H14M2 11.500h1.500M7 11.500h7M10.700 2.800v3.400M5.200 9.800v3.400",
  search: "M7 12A5 5 0 107 2a5 5 0 000 10zM10.700 10.700L14 14",
  menu: "M2 4h12M2 8h12M2 12h12",
  close: "M3.500 3.500l9 9M12.500 3.500l-9 9",
  down: "M4 6l4 4 4-4",
  right: "M6 4l4 4-4 4",
  left: "M10 4L6 8l4 4",
  check: "M3 8.500l3.500 3.500L13 4.500",
  mute: "M3 6v4h2.500L9 13V3L5.500 6zM11.500 6l3 4M14.500 6l-3 4",
  copy: "M6 6h7.500v7.500H6zM10 6V2.500H2.500V10H6",
  link: "M6.500 9.500l3-3M7 4.500l1.500-1.500a3 3 0 014.300 4.300L11.300 8.800M9 11.500L7.500 13a3 3 0 01-4.300-4.300l1.500-1.500",
  download: "M8 2v8M4.500 7L8 10.500 11.500 7M2.500 13.500h11",
  refresh: "M13 8a5 5 0 11-1.500-3.600M13 2v3h-3",
  help: "M8 14A6 6 0 108 2a6 6 0 000 12zM6.200 6.300a1.900 1.900 0 113 1.500c-.7.500-1.200.9-1.200 1.700M8 11.500v.1",
  theme: "M8 14A6 6 0 108 2a6 6 0 000 12zM8 2v12M10.500 3v10M12.700 5v6",
  leave: "M6 2.500H2.500v11H6M6.500 8H14M11 5l3 3-3 3",
  plus: "M8 3v10M3 8h10",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg
      width="16"
      height="16"
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
