package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/wording"
)

// findingSection lists the findings, the gravest first.
func (b *documentPage) findingSection() section {
	findings := slices.Clone(b.Findings)
	slices.SortStableFunc(findings, func(a, c bom.Finding) int { return cmp.Compare(severityRank(a.Severity), severityRank(c.Severity)) })
	columns := []column{{Title: "Finding", Narrow: true}, {Title: "Where", Roomy: true}, {Title: "What"}}
	t := tableOf("Findings, the gravest first", columns, findings, b.rows, "", func(f bom.Finding) []cell {
		return []cell{lines([]span{severityBadge(f.Severity)}, []span{name(f.Rule)}), b.place(f.Ref, f.Path, f.Key), {text(f.Message)}}
	})
	s := section{ID: "findings", Title: "Findings", Count: wording.Thousands(len(findings)),
		Intro: paragraphSpans{text("What a reader should look at. A finding is a question to ask, not a judgement.")}}
	s.Blocks = add(nil, t)
	return s
}

func severityRank(s bom.Severity) int {
	order := []bom.Severity{bom.SeverityCritical, bom.SeverityHigh, bom.SeverityMedium, bom.SeverityLow, bom.SeverityInfo}
	if i := slices.Index(order, s); i >= 0 {
		return i
	}
	return len(order)
}

func severityBadge(s bom.Severity) span {
	if severityRank(s) > severityRank(bom.SeverityInfo) {
		return badge(cmp.Or(string(s), "not graded"), "info")
	}
	return badge(string(s), string(s))
}

// place says which component, file and place in it something is about.
func (b *documentPage) place(ref bom.Ref, path, key string) cell {
	var component, file []span
	if c := b.byRef[ref]; ref != "" && c != nil && !(c.Kind == bom.KindFile && path != "") {
		component = b.partLink(c)
	}
	if path != "" {
		file = append(file, code(path))
	}
	if key != "" {
		file = append(file, text(" "), code(key))
	}
	if len(component)+len(file) == 0 {
		return cell{note("the model as a whole")}
	}
	return lines(component, file)
}

// partLink names a component, with a link to its card where it has one.
func (b *documentPage) partLink(c *bom.Component) []span {
	if a := b.anchors[c.Ref]; a != "" {
		return []span{{Kind: spanLink, Text: shown(b.partTitle(c)), Href: "#" + a}}
	}
	if c.Role != "" && c.Role != bom.RoleDataset && c.File == nil {
		return []span{name(b.partTitle(c))}
	}
	return []span{name(titled(c))}
}

// gapWords says what a kind of gap means.
func gapWords(k bom.GapKind) string {
	switch k {
	case bom.GapUnreadWeights:
		return "weights that could not be read"
	case bom.GapAbsentWeights:
		return "weights that are not there"
	case bom.GapUnreadFile:
		return "file that could not be read or understood"
	case bom.GapSkipped:
		return "not followed"
	case bom.GapLimit:
		return "cut off by a limit"
	case bom.GapNotComputed:
		return "turned off by an option"
	case bom.GapInexact:
		return "only roughly true"
	case bom.GapUnresolved:
		return "names something that cannot be identified"
	case bom.GapLoss:
		return "the document's format cannot say it"
	}
	return ""
}

// gapSection lists what was not seen, weights first.
func (b *documentPage) gapSection() section {
	gaps := slices.Clone(b.Gaps)
	slices.SortStableFunc(gaps, func(a, c bom.Gap) int { return compareTrue(a.Kind.Weights(), c.Kind.Weights()) })
	columns := []column{{Title: "Kind", Roomy: true}, {Title: "Where", Roomy: true}, {Title: "Why"}}
	t := tableOf("What was not seen, weights first", columns, gaps, b.rows, "", func(g bom.Gap) []cell {
		kind := cell{strong(string(g.Kind))}
		if w := gapWords(g.Kind); w != "" {
			kind = lines(kind, cell{note(w)})
		}
		return []cell{kind, b.place(g.Ref, g.Path, ""), {text(g.Reason)}}
	})
	s := section{ID: "gaps", Title: "What was not seen", Count: wording.Thousands(len(gaps)),
		Intro: paragraphSpans{text("Nothing is said about what stands here. A gap that concerns weights can change a verdict.")}}
	s.Blocks = add(nil, t)
	return s
}

// compareTrue puts true before false.
func compareTrue(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// partSection has the measures of the parts.
func (b *documentPage) partSection() section {
	columns := []column{{Title: "Part"}, {Title: "Parameters", Numeric: true}, {Title: "Layers", Numeric: true}, {Title: "Types"},
		{Title: "Size", Numeric: true}, {Title: "Architecture"}, {Title: "Weights digest", Roomy: true}}
	t := tableOf("Parts and their measures", columns, b.ps, b.rows, "", func(c *bom.Component) []cell {
		m := c.Model
		if m == nil {
			m = &bom.Model{}
		}
		layers := ""
		if m.Layers > 0 {
			layers = wording.Thousands(m.Layers)
		}
		parameters := orDash(count(m.Parameters), text)
		if c.Kind == bom.KindModel && m.Parameters == 0 && m.Tensors == 0 {
			parameters = cell{note("not read")}
		}
		title := b.partLink(c)
		if slices.Contains(c.Properties, bom.Property{Name: "modelbom:alternative", Value: "true"}) {
			title = lines(title, cell{note("another form of a part beside it")})
		}
		return []cell{title, parameters, orDash(layers, text), orDash(dtypes(c.Model), text), orDash(bytes(b.size(c)), text),
			orDash(cmp.Or(m.Architecture, m.Family), name), orDash(m.WeightsDigest, code)}
	})
	s := section{ID: "parts", Title: "Parts", Count: wording.Thousands(len(b.ps)),
		Intro: paragraphSpans{text("A weights digest stays the same when files are split, renamed or stored in a wider type, and changes with any value.")}}
	s.Blocks = add(s.Blocks, t, b.metricTable())
	return s
}

func (b *documentPage) metricTable() *table {
	m := b.subject().Model
	if m == nil {
		return nil
	}
	columns := []column{{Title: "Measure"}, {Title: "Value", Numeric: true}, {Title: "Data set"}}
	return tableOf("Evaluation results that the publisher states", columns, m.Metrics, b.rows, "", func(m bom.Metric) []cell {
		return []cell{orDash(m.Type, name), orDash(m.Value, text), orDash(m.Dataset, name)}
	})
}

// dataSection lists data sets and what is needed at run time.
func (b *documentPage) dataSection() section {
	type use struct {
		c    *bom.Component
		kind string
		note string
	}
	var uses []use
	told := map[bom.Ref]bool{}
	words := map[bom.Relation]string{bom.TrainedOn: "trained on", bom.TestedOn: "tested on", bom.DependsOn: "needed at run time"}
	for _, r := range b.Relationships {
		c := b.byRef[r.To]
		if words[r.Type] == "" || c == nil || r.From != b.Subject && (r.Type == bom.DependsOn || told[r.To]) {
			continue
		}
		told[r.To] = true
		uses = append(uses, use{c, words[r.Type], r.Note})
	}
	for i := range b.Components {
		if c := &b.Components[i]; c.Role == bom.RoleDataset && !told[c.Ref] {
			uses = append(uses, use{c, "named", ""})
		}
	}
	columns := []column{{Title: "Name"}, {Title: "Use"}, {Title: "Licence"}, {Title: "Address"}}
	t := tableOf("Data sets and dependencies that are named", columns, uses, b.rows, "", func(u use) []cell {
		kind := cell{text(u.kind)}
		if u.note != "" {
			kind = append(kind, note(" ("+shown(u.note)+")"))
		}
		address := cell(b.withMark(statedPURL(u.c), code(u.c.PURL)))
		if len(u.c.Links) > 0 {
			address = b.withMark(statedLink(u.c, u.c.Links[0]), links(u.c.Links[0].URL)...)
		} else if u.c.PURL == "" {
			address = cell{note("-")}
		}
		return []cell{{name(titled(u.c))}, kind, b.licenceCell(u.c), address}
	})
	s := section{ID: "data", Title: "Data sets and dependencies", Count: wording.Thousands(len(uses)),
		Intro: paragraphSpans{text("What the publisher names. Weights do not show what a model was trained on.")}}
	s.Blocks = add(nil, t)
	return s
}

// codeSection lists what loading the files would run.
func (b *documentPage) codeSection() section {
	type call struct{ file, what string }
	var calls []call
	for i := range b.Components {
		c := &b.Components[i]
		for _, p := range c.Properties {
			if p.Name == "modelbom:code" {
				calls = append(calls, call{c.Name, p.Value})
			}
		}
	}
	s := section{ID: "code", Title: "Code", Count: wording.Thousands(len(b.code) + len(calls)),
		Intro: paragraphSpans{text("Code that comes with the model, and what loading a file would import, call or run. None of it was run.")}}
	files := tableOf("Code files", []column{{Title: "File"}, {Title: "Size", Numeric: true}, {Title: "Licence"}}, b.code, b.rows, "", func(c *bom.Component) []cell {
		return []cell{{code(c.Name)}, orDash(bytes(c.File.Size), text), b.licenceCell(c)}
	})
	table := tableOf("What loading would run", []column{{Title: "File"}, {Title: "What"}}, calls, b.rows, "", func(c call) []cell {
		return []cell{{code(c.file)}, {code(c.what)}}
	})
	s.Blocks = add(nil, files, table)
	return s
}

// fileSection lists the files.
func (b *documentPage) fileSection() section {
	var files []*bom.Component
	size := int64(0)
	for i := range b.Components {
		if c := &b.Components[i]; c.Kind == bom.KindFile {
			files = append(files, c)
			if c.File != nil {
				size += c.File.Size
			}
		}
	}
	slices.SortStableFunc(files, func(a, c *bom.Component) int { return cmp.Compare(a.Name, c.Name) })
	columns := []column{{Title: "Path", Roomy: true}, {Title: "Role"}, {Title: "Format"}, {Title: "Size", Numeric: true}, {Title: "Digest", Roomy: true}}
	t := tableOf("Files of the repository", columns, files, b.rows, "The document that this page was made from has the whole list.", func(c *bom.Component) []cell {
		f := c.File
		if f == nil {
			f = &bom.File{}
		}
		path := cell{code(titled(c))}
		if f.Absent {
			path = lines(path, cell{note("only a pointer is there")})
		}
		return []cell{path, orDash(f.Role, text), orDash(f.Format, text), orDash(bytes(f.Size), text), digestCell(c.Hashes)}
	})
	s := section{ID: "files", Title: "Files", Count: wording.Thousands(len(files)),
		Intro: paragraphSpans{textf("%s, %s.", wording.Count(len(files), "file", "files"), bytes(size))}}
	s.Blocks = add(nil, t)
	return s
}

// digestCell shows a SHA-256, else the first digest that there is.
func digestCell(hashes []bom.Hash) cell {
	best := -1
	for i, h := range hashes {
		switch {
		case best < 0, h.Algorithm == bom.SHA256 && (hashes[best].Algorithm != bom.SHA256 || hashes[best].Asserted && !h.Asserted):
			best = i
		}
	}
	if best < 0 {
		return cell{note("no digest")}
	}
	h := hashes[best]
	c := cell{code(strings.ToLower(strings.ReplaceAll(string(h.Algorithm), "SHA-", "sha")) + ":" + h.Value)}
	if h.Asserted {
		c = lines(c, cell{note("stated by somebody else, not computed")})
	}
	return c
}

// otherSection lists what documents of other tools hold besides.
func (b *documentPage) otherSection() section {
	shown := map[bom.Ref]bool{b.Subject: true}
	for _, c := range b.ps {
		for _, o := range c.Origins {
			shown[o.Reference] = true
		}
	}
	for _, r := range b.Relationships {
		if r.Type == bom.TrainedOn || r.Type == bom.TestedOn || r.Type == bom.DependsOn && r.From == b.Subject {
			shown[r.To] = true
		}
	}
	var others []*bom.Component
	for i := range b.Components {
		if c := &b.Components[i]; c.Role == "" && c.Kind != bom.KindFile && !shown[c.Ref] {
			others = append(others, c)
		}
	}
	columns := []column{{Title: "Name"}, {Title: "Version"}, {Title: "Kind"}, {Title: "Licence"}, {Title: "Package URL"}}
	t := tableOf("Other components", columns, others, b.rows, "", func(c *bom.Component) []cell {
		return []cell{{name(titled(c))}, b.withMark(statedVersion(c), orDash(c.Version, name)...), {text(string(c.Kind))}, b.licenceCell(c), b.withMark(statedPURL(c), orDash(c.PURL, code)...)}
	})
	s := section{ID: "others", Title: "Other components", Count: wording.Thousands(len(others))}
	s.Blocks = add(nil, t)
	return s
}

func (b *documentPage) verdictSection() section {
	s := section{ID: "verdicts", Title: "Verdicts, part by part",
		Intro: paragraphSpans{text("Each verdict can be quoted with its limits. The evidence under it is what it rests on.")}}
	var without []span
	cards := 0
	for _, c := range b.ps {
		if len(c.Origins) == 0 {
			without = join(without, name(b.partTitle(c)))
			continue
		}
		if cards++; b.anchors[c.Ref] != "" {
			s.Blocks = append(s.Blocks, block{Card: b.verdictCard(c)})
		}
	}
	s.Count = wording.Thousands(cards)
	if cards > maxCards {
		s.Blocks = append(s.Blocks, block{Text: paragraphSpans{textf("The verdicts of %s are left out here; the document has them.", wording.CountThousands(cards-maxCards, "more part", "more parts"))}})
	}
	if len(without) > 0 {
		s.Blocks = append(s.Blocks, block{Text: append(paragraphSpans{strong("No statement about origin: ")}, without[:min(len(without), 2*maxCards)]...)})
	}
	return s
}

// maxCards is how many parts have a card. Real models have up to some dozens.
const maxCards = 100

func (b *documentPage) verdictCard(c *bom.Component) *card {
	k := &card{ID: b.anchors[c.Ref], Heading: []span{name(b.partTitle(c))}}
	if m := c.Model; m != nil && m.Parameters > 0 {
		k.Note = parameters(m.Parameters)
	}
	if s := stripsOf(b, c); s != nil {
		k.Blocks = append(k.Blocks, block{Drawing: s})
	}
	for _, o := range c.Origins[:min(len(c.Origins), maxOrigins)] {
		k.Blocks = append(k.Blocks, block{Verdict: b.verdict(o)})
	}
	if left := len(c.Origins) - maxOrigins; left > 0 {
		k.Blocks = append(k.Blocks, block{Text: paragraphSpans{textf("%s in the document.", wording.CountThousands(left, "more origin is", "more origins are"))}})
	}
	return k
}

// maxOrigins is how many origins of one part are shown.
const maxOrigins = 12

func (b *documentPage) verdict(o bom.Origin) *verdictBlock {
	w := wordsOf(o.Verdict)
	v := &verdictBlock{Title: []span{badge(string(o.Verdict), string(w.group))}, Group: w.group, Strength: strengthWords(o.Strength),
		Sentence: shown(o.Sentence), Limits: shown(o.Limits), Meaning: w.meaning}
	if c := b.byRef[o.Reference]; o.Reference != "" && c != nil {
		v.Title = append(v.Title, text(" "), name(titled(c)))
	} else {
		v.Title = append(v.Title, text(" "), note("no upstream named"))
	}
	if o.Relation != "" {
		v.Relation = []span{name(o.Relation)}
	}
	if t := b.evidenceTable(o); b.long && t != nil {
		v.Blocks = []block{{Details: &details{Summary: fmt.Sprintf("Evidence: %s", wording.Count(len(t.Rows), "observation", "observations")), Blocks: []block{{Table: t}}}}}
	}
	return v
}

func (b *documentPage) evidenceTable(o bom.Origin) *table {
	columns := []column{{Title: "What", Roomy: true}, {Title: "Seen"}, {Title: "How", Narrow: true}, {Title: "Weight", Numeric: true}}
	var evidence []bom.Evidence
	for _, e := range o.Evidence {
		if !strings.HasPrefix(e.Key, layersKey) || len(stripOf([]bom.Evidence{e}).layers) == 0 {
			evidence = append(evidence, e) // the others are drawn and listed
		}
	}
	return tableOf("Evidence", columns, evidence, maxEvidence, "", func(e bom.Evidence) []cell {
		place := lines(orNothing(e.Path), orNothing(e.Key))
		if len(place) == 0 {
			place = cell{note("-")}
		}
		weight := cell{note("-")}
		if e.Confidence > 0 {
			weight = cell{textf("%.2f", e.Confidence)}
		}
		return []cell{place, orDash(e.Value, text), orDash(string(e.Technique), text), weight}
	})
}

// maxEvidence is how many observations of one origin are shown; ours have some
// dozens.
const maxEvidence = 100

func orNothing(s string) []span {
	if s == "" {
		return nil
	}
	return []span{code(s)}
}
