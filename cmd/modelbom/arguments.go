package main

import (
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/modelbom/modelbom/pkg/nearest"
)

// arrange moves flags in front of the arguments of a subcommand, since the
// library takes everything behind the first argument for arguments, flags
// included and in silence. An unknown flag is an error here, with a hint.
// Everything behind "--" is an argument.
func arrange(app *cli.App, args []string) ([]string, error) {
	if len(args) < 2 || strings.HasPrefix(args[1], "-") {
		if len(args) > 1 && args[1] == "--version" {
			return []string{args[0], "version"}, nil
		}
		return args, nil
	}
	command := app.Command(args[1])
	if command == nil {
		if args[1] == "help" || args[1] == "h" {
			return args, nil
		}
		return nil, unknownCommand(app, args[1])
	}
	names := []string{args[0], command.Name}
	for i := 2; len(command.Subcommands) > 0; i++ {
		if i == len(args) || strings.HasPrefix(args[i], "-") {
			return append(names, args[i:]...), nil // asks for help
		}
		sub := subcommand(command, args[i])
		if sub == nil {
			return nil, unknownSubcommand(command, args[i])
		}
		command, names = sub, append(names, sub.Name)
	}
	var flags, rest []string
	for i := len(names); i < len(args); i++ {
		arg := args[i]
		if arg == "--" {
			rest = append(rest, args[i+1:]...)
			break
		}
		if len(arg) < 2 || arg[0] != '-' {
			rest = append(rest, arg)
			continue
		}
		name, _, hasValue := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		flag := findFlag(command, name)
		switch {
		case flag == nil:
			return nil, unknownFlag(command, strings.Join(names[1:], " "), arg, name)
		case hasValue || !takesValue(flag):
			flags = append(flags, arg)
		case i+1 == len(args):
			return nil, hint(fmt.Errorf("flag %s needs a value", dashed(name)), "see %q", "modelbom "+strings.Join(names[1:], " ")+" --help")
		default:
			i++
			flags = append(flags, arg, args[i])
		}
	}
	out := append(names, flags...)
	return append(append(out, "--"), rest...), nil
}

func subcommand(c *cli.Command, name string) *cli.Command {
	for _, s := range c.Subcommands {
		if s.HasName(name) {
			return s
		}
	}
	return nil
}

func unknownSubcommand(c *cli.Command, name string) error {
	err := fmt.Errorf("%s has no command %q", c.Name, name)
	var known []string
	for _, s := range c.Subcommands {
		known = append(known, s.Name)
	}
	if near := nearest.Word(name, known); near != "" {
		return hint(err, "did you mean %q?", "modelbom "+c.Name+" "+near)
	}
	return hint(err, "the commands are %s; see %q", strings.Join(known, ", "), "modelbom "+c.Name+" --help")
}

func findFlag(c *cli.Command, name string) cli.Flag {
	if name == "help" || name == "h" {
		return cli.HelpFlag
	}
	for _, f := range c.Flags {
		for _, n := range f.Names() {
			if n == name {
				return f
			}
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

func unknownFlag(c *cli.Command, path, arg, name string) error {
	arg, _, _ = strings.Cut(arg, "=") // a value can be a secret that was meant for another place
	err := fmt.Errorf("%s has no flag %q", c.Name, arg)
	var known []string
	for _, f := range c.Flags {
		known = append(known, f.Names()...)
	}
	if near := nearest.Word(name, known); near != "" {
		return hint(err, "did you mean %s?", dashed(near))
	}
	return hint(err, "see %q", "modelbom "+path+" --help")
}

func unknownCommand(app *cli.App, name string) error {
	err := fmt.Errorf("there is no command %q", name)
	var known []string
	for _, c := range app.Commands {
		known = append(known, c.Name)
	}
	if near := nearest.Word(name, known); near != "" {
		return hint(err, "did you mean %q?", "modelbom "+near)
	}
	return hint(err, "the commands are %s; see %q", strings.Join(known, ", "), "modelbom --help")
}
