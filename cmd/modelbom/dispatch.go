package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"slices"

	"github.com/urfave/cli/v2"
)

// dispatch does what a command line asks for. Commands, flags and their values
// are the library's. Its App.Run is not used: it takes everything behind the
// first argument for an argument, flags included and in silence; it takes a
// folder called "help" for a question; and it prints help by a template. A
// template calls methods by their names, so that the linker has to keep every
// exported method of every type, which made the binary 5 MB larger.
func dispatch(ctx context.Context, app *cli.App, args []string) error {
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	switch {
	case len(args) == 0:
		return showHelp(app, root(app))
	case args[0] == "--version":
		args = []string{"version"}
	case isFlag(args[0]) && findFlag(root(app), flagName(args[0])) == cli.HelpFlag:
		args = append([]string{"help"}, args[1:]...)
	}
	c, rest, err := findCommand(root(app), args)
	if err != nil {
		return err
	}
	if len(c.Subcommands) > 0 {
		return incomplete(app, c, rest)
	}
	x, err := parse(ctx, app, c, rest)
	if err != nil {
		return err
	}
	if x.Bool("help") {
		return showHelp(app, c)
	}
	if err := flagActions(x); err != nil {
		return err
	}
	return c.Action(x)
}

// incomplete answers a command that wants another behind it, and has a flag or
// nothing there.
func incomplete(app *cli.App, c *cli.Command, rest []string) error {
	if len(rest) > 0 && findFlag(c, flagName(rest[0])) != cli.HelpFlag {
		return unknownFlag(c, rest[0])
	}
	return showHelp(app, c)
}

// parse reads the flags and arguments of a command.
func parse(ctx context.Context, app *cli.App, c *cli.Command, args []string) (*cli.Context, error) {
	args, err := arrange(c, args)
	if err != nil {
		return nil, err
	}
	set := flag.NewFlagSet(c.Name, flag.ContinueOnError)
	set.SetOutput(io.Discard) // the error says it
	for _, f := range flagsOf(c) {
		if err := f.Apply(set); err != nil {
			return nil, err
		}
	}
	if err := set.Parse(args); err != nil {
		return nil, hint(err, "see %q", c.HelpName+" --help")
	}
	x := cli.NewContext(app, set, &cli.Context{Context: ctx})
	x.Command = c
	return x, nil
}

// flagsOf are the flags of a command with the one that all have.
func flagsOf(c *cli.Command) []cli.Flag {
	return append(slices.Clip(c.Flags), cli.HelpFlag)
}

// flagActions does what flags ask for by themselves, such as reading facts.
func flagActions(x *cli.Context) error {
	for _, f := range x.Command.Flags {
		if a, ok := f.(cli.ActionableFlag); ok && x.IsSet(f.Names()[0]) {
			if err := a.RunAction(x); err != nil {
				return err
			}
		}
	}
	return nil
}

// showHelp writes the help of a command.
func showHelp(app *cli.App, c *cli.Command) error {
	_, err := fmt.Fprint(app.Writer, helpText(c))
	return err
}
