// Command modelbom writes bills of materials for AI models: CycloneDX and SPDX
// documents that say, part by part, what a model is made of, where its weights
// are said to come from, under which licence, and what could not be seen.
//
// Standard output holds only the result. Everything else goes to standard
// error as "modelbom: error: ..." and, where something helps, "modelbom: hint:
// ...". Exit codes: 0 done, 1 error, 2 findings or differences, 3 nothing
// recognised as a model, 4 done with weights that could not be read, 130
// interrupted.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/modelbom/modelbom/pkg/inventory"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	done := make(chan int, 1)
	go func() { done <- run(ctx, os.Args, os.Stdin, os.Stdout, os.Stderr) }()
	code := exitInterrupted
	select {
	case code = <-done:
	case <-ctx.Done():
		stop() // a second signal ends the process at once
		select {
		case code = <-done:
		case <-time.After(grace):
			fmt.Fprintln(os.Stderr, "modelbom: error: interrupted")
		}
	}
	os.Exit(code)
}

// grace is how long a run may take to stop by itself once it is interrupted.
// Files are renamed into place whole, so that ending it then leaves none in
// part.
const grace = 2 * time.Second

// Exit codes, as the package comment lists them.
const (
	exitDone        = 0
	exitError       = 1
	exitFindings    = 2
	exitNoModel     = 3
	exitGaps        = 4
	exitInterrupted = 130
)

// errGaps reports that the work is done and that weights were not read; the
// documents are written and the gaps printed before it is returned.
var errGaps = errors.New("some weights were not read")

// errFindings reports that the work is done and that the answer is bad news,
// which has been printed.
var errFindings = errors.New("findings")

// A hintError is an error that knows what helps.
type hintError struct {
	err  error
	hint string
}

func (e *hintError) Error() string { return e.err.Error() }
func (e *hintError) Unwrap() error { return e.err }

func hint(err error, format string, args ...any) error {
	return &hintError{err, fmt.Sprintf(format, args...)}
}

// run is the whole command. It returns the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	app := newApp(stdin, stdout, stderr)
	err := dispatch(ctx, app, args[min(1, len(args)):]) // the first is our own name
	return exitCode(ctx, err, stderr)
}

// exitCode prints an error and maps it to an exit code.
func exitCode(ctx context.Context, err error, stderr io.Writer) int {
	switch {
	case err == nil:
		return exitDone
	case ctx.Err() != nil:
		fmt.Fprintln(stderr, "modelbom: error: interrupted")
		return exitInterrupted
	case errors.Is(err, errFindings):
		return exitFindings
	case errors.Is(err, errGaps):
		return exitGaps
	}
	fmt.Fprintf(stderr, "modelbom: error: %v\n", err)
	var h *hintError
	if errors.As(err, &h) {
		fmt.Fprintf(stderr, "modelbom: hint: %s\n", h.hint)
	}
	if errors.Is(err, inventory.ErrNoModel) {
		return exitNoModel
	}
	return exitError
}

func newApp(stdin io.Reader, stdout, stderr io.Writer) *cli.App {
	return &cli.App{
		Name:        "modelbom",
		Usage:       "bills of materials for AI models, with evidence",
		UsageText:   "modelbom COMMAND [FLAGS] [ARGUMENTS]",
		Description: "Exit codes: 0 done, 1 error, 2 findings or differences, 3 nothing recognised\nas a model, 4 done with weights that could not be read, 130 interrupted.",
		Reader:      stdin,
		Writer:      stdout,
		ErrWriter:   stderr,
		Metadata:    map[string]any{},
		Commands:    commands(),
	}
}

// root is the command above all others.
func root(app *cli.App) *cli.Command {
	return &cli.Command{
		Name:        app.Name,
		HelpName:    app.Name,
		Usage:       app.Usage,
		UsageText:   app.UsageText,
		Description: app.Description,
		Subcommands: app.Commands,
		Flags:       []cli.Flag{&cli.BoolFlag{Name: "version", Usage: "print the version"}},
	}
}

// commands are all subcommands; each lives in a file of its own.
func commands() []*cli.Command {
	list := []*cli.Command{generateCommand(), initCommand(), checkCommand(), compareCommand(), diffCommand(), reportCommand(), indexCommand(), convertCommand(), signCommand(), verifyCommand(), uploadCommand(), versionCommand(), completionCommand(), manCommand(), helpCommand()}
	for _, c := range list {
		nameWhole(c, "modelbom")
	}
	return list
}

// nameWhole gives a command, and those below it, the name by which it is called
// in full.
func nameWhole(c *cli.Command, above string) {
	c.HelpName = above + " " + c.Name
	for _, sub := range c.Subcommands {
		nameWhole(sub, c.HelpName)
	}
}
