// Sends one error and one message through sentry-go, and prints their ids.
//
// Usage: conformance DSN
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/getsentry/sentry-go"
)

func priceOf(items int) error {
	return fmt.Errorf("price of %d items: %w", items, total())
}

func total() error {
	return errors.New("no total in the order")
}

func main() {
	err := sentry.Init(sentry.ClientOptions{
		Dsn:              os.Args[1],
		Release:          "shop@1.2.3",
		Environment:      "conformance",
		AttachStacktrace: true,
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	ids := map[string]*sentry.EventID{
		"exception": sentry.CaptureException(priceOf(2)),
		"message":   sentry.CaptureMessage("checkout took 7 s"),
	}
	if !sentry.Flush(10 * time.Second) {
		fmt.Fprintln(os.Stderr, "the events were not sent in time")
		os.Exit(1)
	}
	for _, kind := range []string{"exception", "message"} {
		line, _ := json.Marshal(map[string]any{"kind": kind, "event_id": ids[kind]})
		fmt.Println(string(line))
	}
}
