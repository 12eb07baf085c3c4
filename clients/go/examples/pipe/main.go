// Command pipe reports what it reads from standard input, an event a line, for programs that write a line more easily than they call a library:
//
//	{"account":"external:account:acme","model":"external:model:gpt-5","inputTokens":374,"outputTokens":44}
//
// An empty line is answered by "saved" once all before it is stored or on disk.
//
//	my-gateway | USAGEGRAPH_URL=http://localhost:8080 USAGEGRAPH_TOKEN=… go run ./examples/pipe my-gateway /var/lib/my-gateway/usage
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	usagegraph "github.com/usagegraph/usagegraph/clients/go"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "say the source and the folder")
		os.Exit(2)
	}
	client := &usagegraph.Client{URL: os.Getenv("USAGEGRAPH_URL"), Token: os.Getenv("USAGEGRAPH_TOKEN")}
	sender, err := usagegraph.NewSender(client, usagegraph.SenderConfig{Source: os.Args[1], Dir: os.Args[2],
		OnRefused: func(event json.RawMessage, r usagegraph.Result) {
			fmt.Fprintf(os.Stderr, "%s %s %s: %s\n", r.Status, r.Code, r.Message, event)
		}})
	if err == nil {
		err = errors.Join(pipe(context.Background(), sender, os.Stdin, os.Stdout), sender.Close(context.Background()))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func pipe(ctx context.Context, sender *usagegraph.Sender, in io.Reader, out io.Writer) error {
	for lines := bufio.NewScanner(in); ; {
		switch {
		case !lines.Scan():
			return lines.Err()
		case lines.Text() == "":
			if err := sender.Save(ctx); err != nil {
				return err
			}
			fmt.Fprintln(out, "saved")
		default:
			var e usagegraph.Event
			if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
				return fmt.Errorf("%s: %w", lines.Text(), err)
			}
			if _, err := sender.Send(ctx, e); err != nil {
				return err
			}
		}
	}
}
