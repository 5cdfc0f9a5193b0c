package main

import (
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"
)

// fishCompletion offers commands, flags, and document formats behind -o; files
// where an argument or the value of a flag may be one.
func fishCompletion(app *cli.App) string {
	var b strings.Builder
	fishCommands(&b, app.Commands, "__fish_use_subcommand")
	for _, c := range app.Commands {
		seen := "__fish_seen_subcommand_from " + c.Name
		if len(c.Subcommands) == 0 {
			fishFlags(&b, c, seen)
			continue
		}
		var names []string
		for _, sub := range c.Subcommands {
			names = append(names, sub.Name)
			fishFlags(&b, sub, seen+"; and __fish_seen_subcommand_from "+sub.Name)
		}
		fishCommands(&b, c.Subcommands, seen+"; and not __fish_seen_subcommand_from "+strings.Join(names, " "))
	}
	return b.String()
}

// fishCommands offers commands, and no files beside them.
func fishCommands(b *strings.Builder, commands []*cli.Command, when string) {
	for _, c := range commands {
		if !c.Hidden {
			fmt.Fprintf(b, "complete -c modelbom -n %s -f -a %s -d %s\n", fishQuote(when), c.Name, fishQuote(c.Usage))
		}
	}
}

func fishFlags(b *strings.Builder, c *cli.Command, when string) {
	if c.Hidden {
		return
	}
	for _, f := range flagsOf(c) {
		doc, ok := f.(cli.DocGenerationFlag)
		if !ok {
			continue
		}
		fmt.Fprintf(b, "complete -c modelbom -n %s", fishQuote(when))
		for _, n := range f.Names() {
			fmt.Fprintf(b, " -%s %s", map[bool]string{true: "s", false: "l"}[len(n) == 1], n)
		}
		if doc.TakesValue() {
			b.WriteString(" -r")
		}
		if _, several := f.(*cli.GenericFlag); several && f.Names()[0] == "output" {
			b.WriteString(" -a " + fishQuote(strings.Join(plainFormats(), " ")))
		}
		_, usage := placeholder(doc.GetUsage())
		fmt.Fprintf(b, " -d %s\n", fishQuote(usage))
	}
}

// fishQuote writes text as one word.
func fishQuote(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(text) + "'"
}
