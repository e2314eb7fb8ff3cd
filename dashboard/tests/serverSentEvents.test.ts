import { expect, test } from "vitest";
import { EventReader } from "../src/lib/serverSentEvents";

test("events are read from pieces cut anywhere", () => {
  const text =
    'event: firing\nid: 0:4\ndata: {"a": 1}\n\n: still here\nid: 0:5\n\nevent: resolved\r\ndata: x\r\ndata: y\r\n\r\n';
  const expected = [
    { name: "firing", id: "0:4", data: '{"a": 1}' },
    { name: "message", id: "0:5", data: "" },
    { name: "resolved", id: "", data: "x\ny" },
  ];
  for (let size = 1; size < text.length; size++) {
    const reader = new EventReader();
    const found = [];
    for (let at = 0; at < text.length; at += size) found.push(...reader.read(text.slice(at, at + size)));
    expect(found).toEqual(expected);
  }
});
