package report

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/diff"
	"github.com/modelbom/modelbom/pkg/wording"
)

// ChangesHTML writes what changed between two documents as one self-contained
// page, with the same promises as [HTML].
func ChangesHTML(w io.Writer, c *diff.Changes, o HTMLOptions) error {
	return writeHTML(w, changesPage(c, cmp.Or(max(o.MaxRows, 0), defaultHTMLRows), true))
}

// ChangesMarkdown writes what changed for a pull request or for minutes, with the
// same promises as [Markdown].
func ChangesMarkdown(w io.Writer, c *diff.Changes, o MarkdownOptions) error {
	return writeMarkdown(w, changesPage(c, cmp.Or(max(o.MaxRows, 0), defaultMarkdownRows), o.Verbose))
}

// changesPage makes the page of a diff with at most so many rows in a table;
// long also tells what was matched by what.
func changesPage(c *diff.Changes, rows int, long bool) *page {
	p := &page{Kicker: "What changed between two bills of materials of an AI model"}
	title := cmp.Or(c.New.Name, c.Old.Name, "Unnamed model")
	p.Title = shown(title) + ", changes"
	p.Heading = []span{name(title)}
	if c.Old.Version != c.New.Version {
		p.Heading = append(p.Heading, text(" "), note(cmp.Or(c.Old.Version, "no version")+" → "+cmp.Or(c.New.Version, "no version")))
	}
	p.Lead = []paragraphSpans{{strong(c.Summary)}}
	if c.Different {
		p.Lead = append(p.Lead, paragraphSpans{text("The two documents seem to be about different models: what follows are differences, and no history.")})
	}
	p.Facts = []fact{{"Old document", sideSpans(c.Old)}, {"New document", sideSpans(c.New)}}
	for _, i := range diff.Importances() {
		n := len(ofImportance(c, i))
		p.Figures = append(p.Figures, figure{wording.Thousands(n), string(i) + " importance", hrefIf(n > 0, "#"+string(i))})
	}
	for _, s := range []section{
		roundsSection(c), importanceSection(c, diff.High, rows), weightsSection(c), importanceSection(c, diff.Medium, rows), importanceSection(c, diff.Low, rows),
		noteSection(c, rows), matchSection(c, rows, long),
	} {
		if len(s.Blocks) > 0 {
			p.Sections = append(p.Sections, s)
		}
	}
	p.Footer = []paragraphSpans{
		{text("Parts and files are matched by reference, package URL, role, digest and name, in that order. How weights changed is told by digests and, where those differ, by the fingerprints of the two rounds; without them a page can say that weights changed and not how.")},
		{text("Order, formatting, time, serial number and the tool's version are no changes.")},
	}
	return p
}

func sideSpans(s diff.Side) []span {
	out := []span{name(cmp.Or(s.Name, "unnamed"))}
	if s.Version != "" {
		out = append(out, text(" "), note(s.Version))
	}
	out = append(out, textf(": %s in %s", wording.Count(s.Parts, "part", "parts"), wording.Count(s.Components, "component", "components")))
	if s.Format != "" {
		out = append(out, text(", "+s.Format))
	}
	if len(s.Tools) > 0 {
		out = append(out, text(", made by "+shortList(s.Tools, 3)))
	}
	if !s.Created.IsZero() {
		out = append(out, text(", "+s.Created.UTC().Format(time.RFC3339)))
	}
	return out
}

func ofImportance(c *diff.Changes, i diff.Importance) []diff.Change {
	var out []diff.Change
	for _, x := range c.Changes {
		if x.Importance == i {
			out = append(out, x)
		}
	}
	return out
}

// importanceIntro says what a reviewer does with changes of an importance.
func importanceIntro(i diff.Importance) string {
	switch i {
	case diff.High:
		return "Look at these before you approve."
	case diff.Medium:
		return "Look at these."
	}
	return "For completeness."
}

// importanceTone is the style of an importance's badge.
func importanceTone(i diff.Importance) string {
	if i == diff.Low {
		return "info"
	}
	return string(i)
}

// maxDetails is how many details of one change are shown.
const maxDetails = 100

// importanceSection shows the changes of an importance: each in a card of its
// own, the least important ones in a table.
func importanceSection(c *diff.Changes, i diff.Importance, rows int) section {
	list := ofImportance(c, i)
	title := strings.ToUpper(string(i)[:1]) + string(i)[1:] + " importance"
	s := section{ID: string(i), Title: title, Count: wording.Thousands(len(list)), Intro: paragraphSpans{text(importanceIntro(i))}}
	cards := list[:min(len(list), maxCards)]
	if i == diff.Low {
		cards = nil
	}
	for _, x := range cards {
		s.Blocks = append(s.Blocks, block{Card: changeCard(x)})
	}
	columns := []column{{Title: "Change", Narrow: true}, {Title: "Of", Roomy: true}, {Title: "In words"}}
	s.Blocks = add(s.Blocks, tableOf("Changes of "+string(i)+" importance", columns, list[len(cards):], rows, "", func(x diff.Change) []cell {
		return []cell{{badge(string(x.Kind), importanceTone(i))}, {name(cmp.Or(x.Name, "the document"))}, {text(x.Text)}}
	}))
	return s
}

// changeCard is one change: the sentence to quote, the two states, and what
// belongs to it.
func changeCard(x diff.Change) *card {
	k := &card{Heading: []span{name(cmp.Or(x.Name, "the document")), text(" "), badge(string(x.Kind), importanceTone(x.Importance))}}
	k.Blocks = append(k.Blocks, block{Text: paragraphSpans{text(x.Text)}})
	var facts []fact
	told := strings.Contains(x.Text, x.Before) && strings.Contains(x.Text, x.After)
	if w := x.Weights; w != nil && x.Kind.Weights() {
		if w.Limits != "" {
			facts = []fact{{"What this does not show", []span{text(w.Limits)}}}
		}
	} else if (!told || x.Kind == diff.PartReplaced) && x.Before != "" && x.After != "" {
		facts = []fact{{"Before", []span{text(x.Before)}}, {"After", []span{text(x.After)}}}
	}
	if len(facts) > 0 {
		k.Blocks = append(k.Blocks, block{Facts: facts})
	}
	if len(x.Details) > 0 {
		t := tableOf("What belongs to it", []column{{Title: "What belongs to it"}}, x.Details, maxDetails, "", func(d string) []cell { return []cell{{text(d)}} })
		k.Blocks = append(k.Blocks, block{Details: &details{Summary: wording.Count(len(x.Details), "detail", "details"), Blocks: add(nil, t)}})
	}
	return k
}

// weightsSection shows what the fingerprints tell of changed weights.
func weightsSection(c *diff.Changes) section {
	s := section{ID: "weights", Title: "Weights, from one round to the next",
		Intro: paragraphSpans{text("From the fingerprints of the two rounds, layer by layer. The weights themselves were not read.")}}
	for i, x := range c.Changes {
		if x.Weights == nil || len(s.Blocks) >= maxCards {
			continue
		}
		id := fmt.Sprintf("weights-%d", i+1)
		title, meaning := string(x.Weights.Verdict)+" the old ", wordsOf(x.Weights.Verdict).meaning
		if x.Weights.Verdict == bom.VerdictUnknown {
			title, meaning = "no relation found to the old ", "the fingerprints show nothing in common; that nothing was taken over is not shown"
		}
		v := &verdictBlock{Title: []span{text(title), name(x.Name)}, Group: wordsOf(x.Weights.Verdict).group,
			Strength: strengthWords(x.Weights.Strength), Sentence: shown(x.Weights.Sentence), Limits: shown(x.Weights.Limits), Meaning: strings.ReplaceAll(meaning, "the upstream's", "the old round's")}
		if d := layerDrawing(id, x); d != nil {
			v.Blocks = append(v.Blocks, block{Drawing: d})
		}
		s.Blocks = append(s.Blocks, block{Card: &card{ID: id, Heading: []span{name(x.Name)}, Note: string(x.Kind), Blocks: []block{{Verdict: v}}}})
	}
	s.Count = wording.Thousands(len(s.Blocks))
	return s
}

// layerDrawing is the heat map between the rounds, nil without layers.
func layerDrawing(id string, x diff.Change) *drawing {
	s := strip{name: "the old " + x.Name}
	var facts []string
	if d := x.Weights.Distance; !math.IsNaN(d) {
		facts = append(facts, fmt.Sprintf("moved by %.2g %% of their size", 100*d))
	}
	if f := x.Weights.Frozen; !math.IsNaN(f) {
		facts = append(facts, fmt.Sprintf("unchanged: %.1f %% of the bytes", 100*f))
	}
	s.facts = strings.Join(facts, "; ")
	for _, l := range x.Weights.Layers[:min(len(x.Weights.Layers), maxStripLayers)] {
		y := layerCell{layer: fmt.Sprint(l.New), counterpart: fmt.Sprint(l.Old), agreement: l.Agreement, frozen: l.Frozen, distance: l.Distance, none: l.Old < 0}
		if math.IsNaN(y.agreement) && !y.none {
			if l.Frozen < 1 {
				continue // nothing was compared in this layer
			}
			y.agreement = 1
		}
		s.layers = append(s.layers, y)
	}
	if len(s.layers) == 0 {
		return nil
	}
	return drawStrips(id+"-layers", "Movement layer by layer: "+shown(x.Name), movements(), []strip{s})
}

func noteSection(c *diff.Changes, rows int) section {
	s := section{ID: "notes", Title: "Differences that are no changes", Count: wording.Thousands(len(c.Notes)),
		Intro: paragraphSpans{text("What the documents say differently without the model being another one: their time and tools, other words, what a format cannot say.")}}
	s.Blocks = add(nil, tableOf("Differences that are no changes", []column{{Title: "About", Narrow: true}, {Title: "What"}}, c.Notes, rows, "", func(n diff.Note) []cell {
		return []cell{{text(string(n.Kind))}, {text(n.Text)}}
	}))
	if len(s.Blocks) > 0 {
		s.Blocks = []block{{Details: &details{Summary: "Show them", Blocks: s.Blocks}}}
	}
	return s
}

func matchSection(c *diff.Changes, rows int, long bool) section {
	s := section{ID: "matches", Title: "What was matched with what", Count: wording.Thousands(len(c.Matches))}
	if !long {
		return s
	}
	t := tableOf("What was matched with what", []column{{Title: "Old", Roomy: true}, {Title: "New", Roomy: true}, {Title: "By", Narrow: true}, {Title: "Changed", Narrow: true}}, c.Matches, rows, "", func(m diff.Match) []cell {
		changed := cell{note("no")}
		if m.Changed {
			changed = cell{strong("yes")}
		}
		return []cell{{code(string(m.Old))}, {code(string(m.New))}, {text(string(m.By))}, changed}
	})
	if t != nil {
		s.Blocks = []block{{Details: &details{Summary: "Show them", Blocks: add(nil, t)}}}
	}
	return s
}

// roundsSection is the picture of the two rounds: the parts of the new one, and
// what of the old one they continue.
func roundsSection(c *diff.Changes) section {
	g := &lineageGraph{id: "rounds", heads: [2]string{"how it continues", "old round"}, title: "The new round and what of the old one it continues: ",
		noEdge: "new in this round", model: strings.TrimSpace(c.New.Name + " " + c.New.Version), plain: true}
	place := map[bom.Ref]int{}
	old := func(ref bom.Ref) int {
		i, ok := place[ref]
		if !ok {
			i = len(g.upstreams)
			place[ref] = i
			g.upstreams = append(g.upstreams, graphUpstream{title: partTitleOf(ref)})
		}
		return i
	}
	changes := map[bom.Ref]*diff.Change{}
	for i := range c.Changes {
		x := &c.Changes[i]
		if isPart(x.New) && changes[x.New] == nil && (x.Kind.Weights() || x.Kind == diff.PartReplaced || strings.HasPrefix(string(x.Kind), "tokenizer-") || x.Kind == diff.TemplateChanged) {
			changes[x.New] = x
		}
	}
	for _, m := range c.Matches {
		if isPart(m.New) && isPart(m.Old) {
			g.parts = append(g.parts, graphPart{title: partTitleOf(m.New), edges: []graphEdge{edgeBetween(changes[m.New], old(m.Old))}, weights: true})
		}
	}
	for _, x := range c.Changes {
		switch {
		case x.Kind == diff.PartAdded && isPart(x.New):
			g.parts = append(g.parts, graphPart{title: partTitleOf(x.New)})
			for _, p := range x.Also {
				if isPart(p.New) && p.Old == "" {
					g.parts = append(g.parts, graphPart{title: partTitleOf(p.New)})
				}
			}
		case x.Kind == diff.PartRemoved && isPart(x.Old):
			g.parts = append(g.parts, graphPart{title: "gone: " + partTitleOf(x.Old), aside: true})
			for _, p := range x.Also {
				if isPart(p.Old) && p.New == "" {
					g.parts = append(g.parts, graphPart{title: "gone: " + partTitleOf(p.Old), aside: true})
				}
			}
		}
	}
	s := section{ID: "rounds", Title: "The two rounds at a glance"}
	if len(g.parts) == 0 || len(g.parts) > maxRoundParts {
		return s
	}
	d := g.draw()
	d.Twin = add(nil, tableOf("The parts of the new round and what they continue", []column{{Title: "Part"}, {Title: "Continues"}, {Title: "How"}}, g.parts, maxRoundParts, "", func(p graphPart) []cell {
		if len(p.edges) == 0 {
			return []cell{{name(p.title)}, {note("-")}, {text(map[bool]string{true: "removed", false: "new in this round"}[p.aside])}}
		}
		return []cell{{name(p.title)}, {name(g.upstreams[p.edges[0].upstream].title)}, {text(p.edges[0].word + ", " + p.edges[0].aside)}}
	}))
	d.TwinSummary = "The same as a table"
	s.Blocks = []block{{Drawing: d}}
	return s
}

// maxRoundParts bounds the picture of the rounds; beyond, the tables say it.
const maxRoundParts = 60

func isPart(ref bom.Ref) bool { return strings.HasPrefix(string(ref), "part:") }

func partTitleOf(ref bom.Ref) string {
	role, qualifier, found := strings.Cut(strings.TrimPrefix(string(ref), "part:"), ":")
	if found {
		role += " (" + qualifier + ")"
	}
	return shown(role)
}

// edgeBetween is how a part continues one of the old round.
func edgeBetween(x *diff.Change, old int) graphEdge {
	e := graphEdge{upstream: old, verdict: bom.VerdictIdentical, word: "unchanged", aside: "same content"}
	if x == nil {
		return e
	}
	e.word, e.aside = string(x.Kind), cmp.Or(x.After, "see below")
	switch x.Kind {
	case diff.WeightsReencoded:
		e.verdict = bom.VerdictIdenticalValue
	case diff.WeightsRequantised:
		e.verdict = bom.VerdictRequantised
	case diff.WeightsTrainedOn, diff.WeightsEdited, diff.TokenizerExtended:
		e.verdict = bom.VerdictTrainedFrom
	case diff.WeightsPartlyKept:
		e.verdict = bom.VerdictPartial
	case diff.PartReplaced, diff.WeightsReinitialised, diff.TokenizerReplaced:
		e.verdict = bom.VerdictSameArchitecture
	default:
		e.verdict = bom.VerdictUnknown
	}
	if x.Kind == diff.PartReplaced {
		e.aside = "no relation found"
		if x.Weights == nil {
			e.aside = "not compared"
		}
		return e
	}
	if x.Tokenizer != nil && x.Tokenizer.Added > 0 {
		e.aside = wording.Count(x.Tokenizer.Added, "token", "tokens") + " more"
	}
	if w := x.Weights; w != nil && w.Strength != "" {
		e.aside = "evidence: " + string(w.Strength)
		if !math.IsNaN(w.Distance) {
			e.aside = fmt.Sprintf("moved %.2g %%", 100*w.Distance)
		}
	}
	return e
}
