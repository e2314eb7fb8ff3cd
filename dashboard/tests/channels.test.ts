import { expect, test } from "vitest";
import { targetOf, textsOf } from "../src/lib/channels";

test("addresses of mail are a list, and come back as one text", () => {
  const target = targetOf("email", { to: " a@example.com, b@example.com\n" });
  expect(target).toEqual({ kind: "email", to: ["a@example.com", "b@example.com"] });
  expect(textsOf({ kind: "email", target })).toEqual({ to: "a@example.com, b@example.com" });
});

test("a secret that is left empty is left out, so that it stays", () => {
  expect(targetOf("webhook", { url: "https://example.com/b ", secret: " " })).toEqual({
    kind: "webhook",
    url: "https://example.com/b",
  });
  expect(targetOf("pagerduty", {})).toEqual({ kind: "pagerduty" });
});

test("fields begin without secrets", () => {
  const target = { kind: "slack", channel: "#ops" };
  expect(textsOf({ kind: "slack", target })).toEqual({ channel: "#ops" });
  expect(textsOf({ kind: "apprise", target: { kind: "apprise" } })).toEqual({});
});
