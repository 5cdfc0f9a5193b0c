// Command measure runs a program and writes down the most memory it had:
//
//	measure REPORT PROGRAM [ARGUMENT...]
//
// REPORT gets the peak resident set in bytes, 0 where the system does not tell.
// The exit code is the program's, or 125 when it did not run or was killed.
//
// It exists because Linux counts what the parent process had before the program
// started as the program's own peak, and a test that has compiled schemas has
// a lot. This program has next to nothing.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"time"
)

// limit ends what hangs.
const limit = 20 * time.Minute

func main() {
	os.Exit(run(os.Args[1:]))
}

func run(args []string) int {
	const failed = 125
	if len(args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: measure REPORT PROGRAM [ARGUMENT...]")
		return failed
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	c := exec.CommandContext(ctx, args[1], args[2:]...)
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := c.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		fmt.Fprintln(os.Stderr, "measure:", err)
		return failed
	}
	report := strconv.FormatInt(peakMemory(c.ProcessState), 10)
	if err := os.WriteFile(args[0], []byte(report), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, "measure:", err)
		return failed
	}
	if code := c.ProcessState.ExitCode(); code >= 0 {
		return code
	}
	return failed
}
