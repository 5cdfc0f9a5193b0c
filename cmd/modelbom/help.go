package main

import (
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"
)

// helpText is the help of a subcommand. The library's own table is as wide as
// its longest flag; here a flag and what it does stand on two lines.
func helpText(c *cli.Command, name string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "modelbom %s - %s\n\nUsage:\n  %s\n", name, c.Usage, usageText(c))
	if c.Description != "" {
		b.WriteString("\n" + c.Description + "\n")
	}
	if len(c.Subcommands) > 0 {
		b.WriteString("\nCommands:\n")
		for _, sub := range c.Subcommands {
			fmt.Fprintf(&b, "  %-8s %s\n", sub.Name, sub.Usage)
		}
	}
	b.WriteString("\nFlags:\n")
	for _, f := range append(c.Flags, cli.HelpFlag) {
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

func usageText(c *cli.Command) string {
	if c.UsageText != "" {
		return c.UsageText
	}
	return "modelbom " + c.Name
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
