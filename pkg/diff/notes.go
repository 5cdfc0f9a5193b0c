package diff

import (
	"slices"
	"strings"
	"time"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/wording"
)

// documentNotes notes what is different about the documents and not about the
// model.
func (d *differ) documentNotes() {
	for i, s := range []*doc{d.old, d.new} {
		for _, text := range s.invalid {
			d.note(NoteInvalid, sentence([]string{"the old document", "the new document"}[i]+" is not valid: "+text))
		}
	}
	a, b := d.old.Document, d.new.Document
	line := func(k NoteKind, what, before, after string) {
		if before != after {
			d.note(k, sentence(what+" "+turn(before, after)))
		}
	}
	line(NoteTool, "made by", strings.Join(tools(a), ", "), strings.Join(tools(b), ", "))
	line(NoteDocument, "format", a.Format, b.Format)
	line(NoteDocument, "made at", stamp(a.Created), stamp(b.Created))
	line(NoteDocument, "serial number", a.Serial, b.Serial)
	line(NoteDocument, "phase", a.Phase, b.Phase)
	line(NoteDocument, "authors", authors(a), authors(b))
	d.authors(a, b)
	line(NoteDocument, "attested", attested(a), attested(b))
	d.inputs(a.Inputs, b.Inputs)
	var facts []fact
	d.named(&facts, a.Properties, b.Properties, "property", func(n string) bool { return n != statedAuthor || d.author == "" })
	for _, f := range facts {
		d.note(NoteDocument, sentence("property of the document: "+f.line()))
	}
	d.unstatedNotes()
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func toolWords(t bom.Tool) string { return show(strings.TrimSpace(t.Name + " " + t.Version)) }

func tools(d *bom.Document) []string {
	var out []string
	for _, t := range d.Tools {
		out = append(out, toolWords(t))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// attested names the standards and policies that the document was checked
// against. What a check came to follows from the rest of the document.
func attested(d *bom.Document) string {
	var out []string
	for _, a := range d.Attestations {
		out = append(out, show(strings.TrimSpace(a.Standard.Name+" "+a.Standard.Version)))
	}
	return strings.Join(slices.Compact(out), ", ")
}

func authors(d *bom.Document) string {
	var out []string
	for i := range d.Authors {
		out = append(out, organization(&d.Authors[i]))
	}
	return joined(out)
}

// authors keeps for the summary that another author answers for the document:
// not a change of the model, and nothing to be found only when asked for.
func (d *differ) authors(a, b *bom.Document) {
	before, after := authors(a), authors(b)
	if before == after {
		x, y := d.old.properties(statedAuthor), d.new.properties(statedAuthor)
		if x == "" || y == "" || x == y {
			return
		}
		before, after = x, y
		d.note(NoteDocument, sentence("authors "+turn(before, after)))
	}
	if d.lenient && (before == "" || after == "") {
		return
	}
	d.author = "the author of the document changed: " + turn(before, after)
}

// properties are the values of a property of the document, for people.
func (s *doc) properties(name string) string {
	var out []string
	for _, p := range s.Properties {
		if p.Name == name {
			out = append(out, strings.Join(slices.DeleteFunc(bom.SplitFields(p.Value, 0), func(f string) bool { return f == "" }), ", "))
		}
	}
	slices.Sort(out)
	return strings.Join(slices.Compact(out), "; ")
}

// inputs notes other catalogues and indexes: they are why a conclusion can
// change though the model did not.
func (d *differ) inputs(a, b []bom.Input) {
	words := func(list []bom.Input) []string {
		var out []string
		for _, i := range list {
			if i.Kind == "fingerprint" {
				continue // it lies beside the document and follows from the model
			}
			out = append(out, show(strings.TrimSpace(i.Kind+" "+i.Name+" "+i.Version))+" "+shortDigest(i.Digest))
		}
		slices.Sort(out)
		return slices.Compact(out)
	}
	before, after := words(a), words(b)
	for _, w := range without(before, after) {
		d.note(NoteInput, sentence("the conclusions of the old document rest on "+w))
	}
	for _, w := range without(after, before) {
		d.note(NoteInput, sentence("the conclusions of the new document rest on "+w))
	}
}

// unstatedNotes says what only one of two tools writes down.
func (d *differ) unstatedNotes() {
	for i, m := range d.unstated {
		var words []string
		for _, what := range sortedKeys(m) {
			words = append(words, what+" ("+wording.Thousands(m[what])+")")
		}
		if len(words) > 0 {
			d.note(NoteUnstated, sentence([]string{"only the old document", "only the new document"}[i]+
				", made by another tool, states: "+strings.Join(words, ", ")))
		}
	}
}

// sameTools reports that the same programs made both documents, in whatever
// version.
func sameTools(a, b []bom.Tool) bool {
	names := func(list []bom.Tool) string {
		var out []string
		for _, t := range list {
			out = append(out, strings.ToLower(t.Name))
		}
		slices.Sort(out)
		return strings.Join(slices.Compact(out), "\x00")
	}
	return names(a) == names(b)
}

// family is what formats have in common that say the same things.
func family(format string) string {
	name, _, _ := strings.Cut(format, "-")
	return name
}
