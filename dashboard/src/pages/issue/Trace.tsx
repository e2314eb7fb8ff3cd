/** One stack trace. Frames outside the application are folded into one line until someone opens it. */

import { useState } from "react";
import type { Repository } from "../../api/repository";
import type { Frame } from "../../api/types";
import { Icon } from "../../components/Icon";
import {
  frameToOpen,
  functionOf,
  hasDetail,
  placeOf,
  rawFrames,
  rowsOf,
  sourceOf,
  type Row,
} from "../../lib/stacktrace";
import { sourceLink } from "../../lib/sourceLinks";
import { plural } from "../../lib/text";
import { Values } from "./Values";

/** Frames that are shown before someone asks for the rest: a stack overflow has thousands. */
const MOST_ROWS = 60;

interface TraceProps {
  frames: readonly Frame[];
  fold: boolean;
  oldestFirst: boolean;
  raw: boolean;
  repository: Repository | undefined;
}

export function Trace({ frames, fold, oldestFirst, raw, repository }: TraceProps) {
  const [all, setAll] = useState(false);
  const shown = raw ? rawFrames(frames) : frames;
  const rows = rowsOf(shown, fold, oldestFirst);
  const open = frameToOpen(shown);
  const hidden = rows.length - MOST_ROWS;
  return (
    <ol className="frames">
      {rows.slice(0, all ? undefined : MOST_ROWS).map((row) => (
        <TraceRow
          key={row.kind === "frame" ? row.index : `f${row.first}`}
          row={row}
          open={open}
          repository={repository}
        />
      ))}
      {!all && hidden > 0 && (
        <li>
          <button className="fold" onClick={() => setAll(true)}>
            {plural(hidden, "more line")}
          </button>
        </li>
      )}
    </ol>
  );
}

interface TraceRowProps {
  row: Row;
  open: number;
  repository: Repository | undefined;
}

function TraceRow({ row, open, repository }: TraceRowProps) {
  const [unfolded, setUnfolded] = useState(false);
  if (row.kind === "frame") {
    const link = sourceLink(row.frame, repository);
    return <FrameRow frame={row.frame} open={row.index === open} link={link} />;
  }
  if (unfolded) {
    return row.rows.map((one, index) => <TraceRow key={index} row={one} open={-1} repository={repository} />);
  }
  return (
    <li>
      <button className="fold" onClick={() => setUnfolded(true)} aria-expanded={false}>
        <Icon name="right" />
        {plural(row.rows.length, "frame")} of libraries
      </button>
    </li>
  );
}

interface FrameRowProps {
  frame: Frame;
  open: boolean;
  link: string | null;
}

function FrameRow({ frame, open: atFirst, link }: FrameRowProps) {
  const [open, setOpen] = useState(atFirst);
  const line = (
    <>
      <span className="frame-function data">{functionOf(frame)}</span>
      <span className="frame-place data" title={frame.abs_path}>
        {placeOf(frame)}
      </span>
      {frame.in_app && <span className="chip accent">app</span>}
    </>
  );
  const kind = frame.in_app ? "frame own" : "frame";
  if (!hasDetail(frame)) {
    return (
      <li className={kind}>
        <div className="frame-head">
          <div className="frame-line plain">{line}</div>
          <SourceLink frame={frame} link={link} />
        </div>
      </li>
    );
  }
  return (
    <li className={kind}>
      <div className="frame-head">
        <button className="frame-line" onClick={() => setOpen(!open)} aria-expanded={open}>
          <Icon name={open ? "down" : "right"} />
          {line}
        </button>
        <SourceLink frame={frame} link={link} />
      </div>
      {open && (
        <div className="frame-detail">
          <Source frame={frame} />
          {frame.vars && Object.keys(frame.vars).length > 0 && (
            <details className="locals" open={frame.in_app}>
              <summary>Local variables</summary>
              <Values values={frame.vars} />
            </details>
          )}
        </div>
      )}
    </li>
  );
}

function SourceLink({ frame, link }: { frame: Frame; link: string | null }) {
  if (link === null) return null;
  const label = `${placeOf(frame).slice(0, 200)} in the repository`;
  return (
    <a
      className="button quiet small icon frame-link"
      href={link}
      target="_blank"
      rel="noopener noreferrer"
      aria-label={label}
      title={label}
    >
      <Icon name="link" />
    </a>
  );
}

function Source({ frame }: { frame: Frame }) {
  const lines = sourceOf(frame);
  if (lines.length === 0) return null;
  return (
    <div
      className="source"
      tabIndex={0}
      role="region"
      aria-label={`Source of ${functionOf(frame).slice(0, 80)}`}
    >
      <ol>
        {lines.map((line, index) => (
          <li key={index} className={line.current ? "current" : undefined}>
            <span className="source-number">{line.number ?? ""}</span>
            <code>{line.text || " "}</code>
          </li>
        ))}
      </ol>
    </div>
  );
}
