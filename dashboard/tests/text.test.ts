import { expect, test } from "vitest";
import { percent, safeLink, splitTitle } from "../src/lib/text";
import { readExploreSearch, readIssuesSearch } from "../src/search";

test.each([
  ["TypeError: x is not a function", "TypeError", "x is not a function"],
  ["*errors.errorString: closed", "*errors.errorString", "closed"],
  ["java.lang.Error: a: b\nc", "java.lang.Error", "a: b\nc"],
  ["something went wrong: badly", "something went wrong: badly", ""],
  ["", "(no title)", ""],
])("the title %j", (title, type, rest) => {
  expect(splitTitle(title)).toEqual({ type, rest });
});

test.each([
  "javascript:alert(1)",
  "JaVaScRiPt:alert(1)",
  " javascript:alert(1)",
  "data:text/html,<script>alert(1)</script>",
  "//evil.example",
  "http:evil",
  "https://",
  "vbscript:x",
  "file:///etc/hosts",
  "https://a b/ c",
])("%j is no link", (text) => {
  expect(safeLink(text)).toBeNull();
});

test("web addresses are links", () => {
  expect(safeLink("https://shop.example/cart?id=1")).toBe("https://shop.example/cart?id=1");
});

test("shares are rounded, and what is not nothing does not look like it", () => {
  expect([percent(1, 3), percent(1, 1000), percent(0, 5), percent(1, 0)]).toEqual([
    "33 %",
    "<1 %",
    "0 %",
    "0 %",
  ]);
});

test("an address that someone made up is read with care", () => {
  const made = {
    query: 42,
    status: "gone",
    sort: "count",
    period: "__proto__",
    environment: "a",
    release: [null, "b"],
  };
  expect(readIssuesSearch(made)).toEqual({ query: "42", sort: "count", environment: ["a"], release: ["b"] });
  expect(readExploreSearch({ by: "toString", compare: "true", level: [] })).toEqual({});
});
