/** The lines that make a program report to a project, by platform. Every SDK that speaks Sentry's protocol works. */

export interface Platform {
  id: string;
  name: string;
  install: string;
  lines: (dsn: string) => string;
}

export const PLATFORMS: readonly Platform[] = [
  {
    id: "python",
    name: "Python",
    install: "pip install sentry-sdk",
    lines: (dsn) =>
      `import sentry_sdk\n\nsentry_sdk.init("${dsn}", release="my-app@1.0.0")\n1 / 0  # a first error`,
  },
  {
    id: "node",
    name: "Node.js",
    install: "npm install @sentry/node",
    lines: (dsn) =>
      `import * as Sentry from "@sentry/node";\n\nSentry.init({ dsn: "${dsn}", release: "my-app@1.0.0" });\nSentry.captureException(new Error("a first error"));`,
  },
  {
    id: "browser",
    name: "Browser",
    install: "npm install @sentry/browser",
    lines: (dsn) =>
      `import * as Sentry from "@sentry/browser";\n\nSentry.init({ dsn: "${dsn}", release: "my-app@1.0.0" });\nSentry.captureException(new Error("a first error"));`,
  },
  {
    id: "go",
    name: "Go",
    install: "go get github.com/getsentry/sentry-go",
    lines: (dsn) =>
      `sentry.Init(sentry.ClientOptions{Dsn: "${dsn}", Release: "my-app@1.0.0"})\ndefer sentry.Flush(2 * time.Second)\nsentry.CaptureException(errors.New("a first error"))`,
  },
  {
    id: "java",
    name: "Java",
    install: "implementation 'io.sentry:sentry:8.+'   // Gradle",
    lines: (dsn) =>
      `Sentry.init(options -> {\n  options.setDsn("${dsn}");\n  options.setRelease("my-app@1.0.0");\n});\nSentry.captureException(new RuntimeException("a first error"));`,
  },
  {
    id: "rust",
    name: "Rust",
    install: "cargo add sentry",
    lines: (dsn) =>
      `let _guard = sentry::init(("${dsn}", sentry::ClientOptions {\n    release: sentry::release_name!(),\n    ..Default::default()\n}));\nsentry::capture_message("a first error", sentry::Level::Error);`,
  },
  {
    id: "command",
    name: "Command line",
    install: "# stacktide is on the machine where the server is",
    lines: (dsn) => `stacktide send ${dsn} "a first error"`,
  },
];
