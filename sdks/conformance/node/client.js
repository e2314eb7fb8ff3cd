// Sends one exception and one message through @sentry/node, and prints their ids.
// Usage: node client.js DSN
import * as Sentry from "@sentry/node";

Sentry.init({ dsn: process.argv[2], release: "shop@1.2.3", environment: "conformance" });

function priceOf(order) {
  return total(order) / order.items;
}

function total(order) {
  return order.lines.length;
}

let exceptionId;
try {
  priceOf({ items: 2 });
} catch (error) {
  exceptionId = Sentry.captureException(error);
}
const messageId = Sentry.captureMessage("checkout took 7 s", "warning");
if (!(await Sentry.flush(10_000))) {
  throw new Error("the events were not sent in time");
}
console.log(JSON.stringify({ kind: "exception", event_id: exceptionId }));
console.log(JSON.stringify({ kind: "message", event_id: messageId }));
