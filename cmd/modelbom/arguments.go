package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/modelbom/modelbom/pkg/nearest"
)

// findCommand goes from a command down to the one that the arguments name, and
// returns what stands behind its name.
func findCommand(c *cli.Command, args []string) (*cli.Command, []string, error) {
	for len(c.Subcommands) > 0 && len(args) > 0 && !isFlag(args[0]) {
		sub := subcommand(c, args[0])
		if sub == nil {
			return nil, nil, unknownCommand(c, args[0])
		}
		c, args = sub, args[1:]
	}
	return c, args, nil
}

// arrange puts flags in front of the arguments of a command, each under its
// first name and with its value, as package flag reads them. An unknown flag is
// an error here, with a hint. Everything behind "--" is an argument.
func arrange(c *cli.Command, args []string) ([]string, error) {
	var flags, rest []string
	for i := 0; i < len(args); i++ {
		arg := args[i]
		if arg == "--" {
			rest = append(rest, args[i+1:]...)
			break
		}
		if !isFlag(arg) {
			rest = append(rest, arg)
			continue
		}
		f := findFlag(c, flagName(arg))
		if f == nil {
			return nil, unknownFlag(c, arg)
		}
		_, value, hasValue := strings.Cut(arg, "=")
		switch {
		case hasValue:
		case !takesValue(f):
			value = "true"
		case i+1 == len(args):
			return nil, hint(fmt.Errorf("flag %s needs a value", dashed(flagName(arg))), "see %q", c.HelpName+" --help")
		default:
			i++
			value = args[i]
		}
		flags = append(flags, "--"+f.Names()[0]+"="+value)
	}
	return append(append(flags, "--"), rest...), nil
}

// isFlag tells flags from arguments. A dash alone is standard input.
func isFlag(arg string) bool { return len(arg) > 1 && arg[0] == '-' }

// flagName is "name" of "--name=value".
func flagName(arg string) string {
	name, _, _ := strings.Cut(strings.TrimLeft(arg, "-"), "=")
	return name
}

func subcommand(c *cli.Command, name string) *cli.Command {
	for _, s := range c.Subcommands {
		if s.HasName(name) {
			return s
		}
	}
	return nil
}

func unknownCommand(c *cli.Command, name string) error {
	err := fmt.Errorf("%s has no command %q", c.Name, name)
	var known []string
	for _, s := range c.Subcommands {
		if !s.Hidden {
			known = append(known, s.Name)
		}
	}
	if near := nearest.Word(name, known); near != "" {
		return hint(err, "did you mean %q?", c.HelpName+" "+near)
	}
	return hint(err, "the commands are %s; see %q", strings.Join(known, ", "), c.HelpName+" --help")
}

func findFlag(c *cli.Command, name string) cli.Flag {
	for _, f := range flagsOf(c) {
		if slices.Contains(f.Names(), name) {
			return f
		}
	}
	return nil
}

func takesValue(f cli.Flag) bool {
	d, ok := f.(cli.DocGenerationFlag)
	return ok && d.TakesValue()
}

func dashed(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}

func unknownFlag(c *cli.Command, arg string) error {
	arg, _, _ = strings.Cut(arg, "=") // a value can be a secret that was meant for another place
	err := fmt.Errorf("%s has no flag %q", c.Name, arg)
	var known []string
	for _, f := range flagsOf(c) {
		known = append(known, f.Names()...)
	}
	if near := nearest.Word(flagName(arg), known); near != "" {
		return hint(err, "did you mean %s?", dashed(near))
	}
	return hint(err, "see %q", c.HelpName+" --help")
}
