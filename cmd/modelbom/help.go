package main

import (
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"
)

func helpCommand() *cli.Command {
	return &cli.Command{
		Name:      "help",
		Aliases:   []string{"h"},
		Usage:     "show the help of a command",
		UsageText: "modelbom help [COMMAND]...",
		Action: func(c *cli.Context) error {
			about, rest, err := findCommand(root(c.App), c.Args().Slice())
			if err == nil {
				err = noArgument(c, rest)
			}
			if err != nil {
				return err
			}
			return showHelp(c.App, about)
		},
	}
}

// helpText is the help of a command. A flag and what it does stand on two lines:
// a table would be as wide as the longest flag.
func helpText(c *cli.Command) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s - %s\n\nUsage:\n  %s\n", c.HelpName, c.Usage, usageText(c))
	if c.Description != "" {
		b.WriteString("\n" + c.Description + "\n")
	}
	helpOfCommands(&b, c.Subcommands)
	b.WriteString("\nFlags:\n")
	for _, f := range flagsOf(c) {
		doc, ok := f.(cli.DocGenerationFlag)
		if !ok {
			continue
		}
		value, usage := placeholder(doc.GetUsage())
		if !doc.TakesValue() {
			value = ""
		}
		fmt.Fprintf(&b, "  %s\n        %s\n", strings.TrimSpace(flagNames(f)+" "+value), usage)
	}
	return b.String()
}

// helpOfCommands lists the commands below a command, in two columns.
func helpOfCommands(b *strings.Builder, commands []*cli.Command) {
	width := 8
	for _, c := range commands {
		width = max(width, len(c.Name))
	}
	if len(commands) > 0 {
		b.WriteString("\nCommands:\n")
	}
	for _, c := range commands {
		if !c.Hidden {
			fmt.Fprintf(b, "  %-*s %s\n", width, c.Name, c.Usage)
		}
	}
}

func usageText(c *cli.Command) string {
	if c.UsageText != "" {
		return c.UsageText
	}
	return c.HelpName
}

// flagNames lists the short name first.
func flagNames(f cli.Flag) string {
	var short, long []string
	for _, n := range f.Names() {
		if len(n) == 1 {
			short = append(short, dashed(n))
		} else {
			long = append(long, dashed(n))
		}
	}
	return strings.Join(append(short, long...), ", ")
}

// placeholder takes the word in back quotes out of a flag's usage.
func placeholder(usage string) (word, rest string) {
	before, after, ok := strings.Cut(usage, "`")
	if !ok {
		return "", usage
	}
	word, after, _ = strings.Cut(after, "`")
	return word, before + word + after
}
