import { expect, test } from "vitest";
import type { Repository } from "../src/api/repository";
import type { Frame } from "../src/api/types";
import { commitLink, sourceLink } from "../src/lib/sourceLinks";
import { readRoots, writeRoots } from "../src/lib/sourceRoots";

const repository: Repository = {
  url: "https://git.example.com/shop",
  host: "github",
  branch: "",
  roots: [
    { stack: "/srv/app/", source: "services/shop/" },
    { stack: "com/example/", source: "src/main/java/com/example/" },
  ],
  commit: null,
  link: "https://git.example.com/shop/blob/HEAD/{path}#L{line}",
  commit_link: "https://git.example.com/shop/commit/{commit}",
};

const linkOf = (frame: Frame) =>
  sourceLink({ in_app: true, lineno: 7, ...frame }, repository)?.replace(
    "https://git.example.com/shop/blob/HEAD/",
    "",
  );

test.each([
  [{ filename: "shop/cart.py" }, "shop/cart.py#L7"],
  [{ filename: "cart.py", abs_path: "/srv/app/shop/cart.py" }, "services/shop/shop/cart.py#L7"],
  [{ filename: "webpack:///./src/cart.ts" }, "src/cart.ts#L7"],
  [{ filename: "webpack://shop/./src/cart.ts" }, "src/cart.ts#L7"],
  [{ filename: "app:///main.js" }, "main.js#L7"],
  [{ filename: "Cart.java", module: "com.example.Cart" }, "src/main/java/com/example/Cart.java#L7"],
  [{ filename: "src\\cart.cs" }, "src/cart.cs#L7"],
  [{ filename: "./a b/ü#?.py" }, "a%20b/%C3%BC%23%3F.py#L7"],
])("a frame's file in the repository: %o", (frame, path) => {
  expect(linkOf(frame)).toBe(path);
});

test.each<Frame>([
  { filename: "/usr/lib/python3/json.py" },
  { filename: "C:\\build\\cart.cs" },
  { filename: "https://cdn.example.com/app.js" },
  { filename: "javascript:alert(1)" },
  { filename: "../../etc/passwd" },
  { filename: "<frozen importlib>" },
  { filename: "\ud800.py" },
  { filename: "" },
  {},
  { filename: "cart.py", in_app: false },
  { filename: "cart.py", lineno: undefined },
  { filename: "cart.py", lineno: -1 },
])("no address is made of %o", (frame) => {
  expect(linkOf(frame)).toBeUndefined();
});

test("replacement patterns in a path are no patterns", () => {
  expect(linkOf({ filename: "$&/$1.py" })).toBe("%24%26/%241.py#L7");
});

test("there may be no repository, or none that is a web page", () => {
  const frame = { filename: "cart.py", lineno: 1, in_app: true };
  expect(sourceLink(frame, undefined)).toBeNull();
  expect(sourceLink(frame, { ...repository, link: null })).toBeNull();
  expect(sourceLink(frame, { ...repository, link: "javascript:alert(1)//{path}" })).toBeNull();
});

test("commits have their address where their id is one", () => {
  expect(commitLink("0123abc", repository)).toBe("https://git.example.com/shop/commit/0123abc");
  expect(commitLink("../../x", repository)).toBeNull();
});

test("roots are lines that are read as they were written", () => {
  const lines = ["/srv/app/ => services/shop/", "/srv/lib/ =>", "webpack://x/"];
  expect(readRoots(lines)).toEqual([
    { stack: "/srv/app/", source: "services/shop/" },
    { stack: "/srv/lib/", source: "" },
    { stack: "webpack://x/", source: "" },
  ]);
  expect(writeRoots(readRoots(lines)).slice(0, 2)).toEqual(lines.slice(0, 2));
});
