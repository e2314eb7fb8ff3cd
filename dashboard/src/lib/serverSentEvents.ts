/** Reads server-sent events (WHATWG HTML, section 9.2) from a response, so that they can be asked for with a header, which the
 * browser's own EventSource cannot. */

export interface ServerSentEvent {
  name: string;
  id: string;
  data: string;
}

/** Takes text as it arrives, in pieces of any size, and gives the events that it completes. */
export class EventReader {
  private rest = "";

  read(text: string): ServerSentEvent[] {
    const blocks = (this.rest + text).replaceAll("\r\n", "\n").split("\n\n");
    this.rest = blocks.pop() ?? "";
    return blocks.map(parse);
  }
}

function parse(block: string): ServerSentEvent {
  const event: ServerSentEvent = { name: "message", id: "", data: "" };
  for (const line of block.split("\n")) {
    const [, field, value] = /^([a-z]+): ?(.*)$/s.exec(line) ?? [];
    if (field === "event") event.name = value!;
    else if (field === "id") event.id = value!;
    else if (field === "data") event.data += event.data ? `\n${value}` : value!;
  }
  return event;
}
