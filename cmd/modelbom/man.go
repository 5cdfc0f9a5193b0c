package main

import (
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"
)

// manCommand is hidden: packages install what it prints as modelbom(1).
func manCommand() *cli.Command {
	return &cli.Command{
		Name:      "man",
		Usage:     "print the manual page",
		UsageText: "modelbom man",
		Hidden:    true,
		Action: func(c *cli.Context) error {
			_, err := fmt.Fprint(c.App.Writer, manPage(c.App))
			return err
		},
	}
}

// manPage is the manual page in the language of man(7), from the same
// definitions as the help. The library's own ToMan leaves out the descriptions
// of commands and writes flags as they are in Go, so it is not used. The page
// has no date: it would differ from build to build.
func manPage(app *cli.App) string {
	var b strings.Builder
	fmt.Fprintf(&b, ".TH MODELBOM 1 \"\" \"modelbom %s\" \"User Commands\"\n", roff(buildVersion()))
	fmt.Fprintf(&b, ".SH NAME\nmodelbom \\- %s\n", roff(app.Usage))
	fmt.Fprintf(&b, ".SH SYNOPSIS\n.nf\n%s\n.fi\n", roff(app.UsageText))
	b.WriteString(".SH DESCRIPTION\nStandard output holds only the result; everything else goes to standard error.\n")
	b.WriteString(".SH COMMANDS\n")
	for _, c := range app.Commands {
		if !c.Hidden {
			manOfCommand(&b, c, c.Name)
		}
	}
	b.WriteString(".SH EXIT STATUS\n")
	for _, e := range exitCodes {
		fmt.Fprintf(&b, ".TP\n.B %d\n%s\n", e.code, roff(e.means))
	}
	b.WriteString(".SH ENVIRONMENT\n")
	for _, e := range environment {
		fmt.Fprintf(&b, ".TP\n.B %s\n%s\n", e.name, roff(e.means))
	}
	return b.String()
}

// manOfCommand writes a command and those below it.
func manOfCommand(b *strings.Builder, c *cli.Command, name string) {
	fmt.Fprintf(b, ".SS modelbom %s\n%s.\n.PP\n.nf\n%s\n.fi\n", roff(name), roff(c.Usage), roff(usageText(c)))
	for _, paragraph := range strings.Split(c.Description, "\n\n") {
		if paragraph != "" {
			fmt.Fprintf(b, ".PP\n%s\n", manParagraph(paragraph))
		}
	}
	for _, f := range c.Flags {
		if doc, ok := f.(cli.DocGenerationFlag); ok && len(f.Names()) > 0 {
			manOfFlag(b, f, doc)
		}
	}
	for _, sub := range c.Subcommands {
		if !sub.Hidden {
			manOfCommand(b, sub, name+" "+sub.Name)
		}
	}
}

func manOfFlag(b *strings.Builder, f cli.Flag, doc cli.DocGenerationFlag) {
	value, usage := placeholder(doc.GetUsage())
	head := "\\fB" + roff(flagNames(f)) + "\\fR"
	if doc.TakesValue() && value != "" {
		head += " \\fI" + roff(value) + "\\fR"
	}
	fmt.Fprintf(b, ".TP\n%s\n%s\n", head, roff(usage))
}

// manParagraph keeps the lines of a paragraph that are indented as they are, and
// fills the others.
func manParagraph(text string) string {
	var out []string
	kept := false
	for line := range strings.SplitSeq(text, "\n") {
		if indented := strings.HasPrefix(line, " "); indented != kept {
			kept = indented
			out = append(out, map[bool]string{true: ".nf", false: ".fi"}[kept])
		}
		out = append(out, roff(line))
	}
	if kept {
		out = append(out, ".fi")
	}
	return strings.Join(out, "\n")
}

// roff escapes text: a hyphen that is to be copied, a backslash, and a dot or
// an apostrophe at the beginning of a line, which would be a command.
func roff(text string) string {
	text = strings.NewReplacer("\\", "\\e", "-", "\\-").Replace(text)
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			lines[i] = "\\&" + line
		}
	}
	return strings.Join(lines, "\n")
}

// exitCodes is what the package comment lists.
var exitCodes = []struct {
	code  int
	means string
}{
	{exitDone, "Done."},
	{exitError, "An error: usage, input, output or a server."},
	{exitFindings, "Findings or differences; what was asked for is written."},
	{exitNoModel, "Nothing was recognised as a model."},
	{exitGaps, "Done and written, but some weights could not be read."},
	{exitInterrupted, "Interrupted."},
}

// environment lists the variables that the command reads.
var environment = []struct{ name, means string }{
	{"SOURCE_DATE_EPOCH", "The time to write into documents, in seconds since 1970, unless a flag gives one."},
	{"MODELBOM_SIGNING_KEY", "The name of the file with the private key for \"modelbom sign\"."},
	{"MODELBOM_API_KEY", "The key of the platform for \"modelbom upload\"."},
	{"NO_COLOR", "When it is set, nothing is coloured."},
}
