package diff

import (
	"cmp"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
)

// A fact is one value of a component that differs.
type fact struct{ name, before, after string }

func (f fact) line() string { return show(f.name) + " " + turn(f.before, f.after) }

// differing are the facts of a pair that differ, by what they are about.
type differing struct {
	architecture, task, configuration, processor, metrics, identity, properties, totals []fact
}

// facts compares everything that is said about a component and has not been
// compared yet. What a part's configuration says the model repeats, so parts
// come first.
func (d *differ) facts() {
	told := map[fact]*draft{}
	d.pairs(func(old, new *node) {
		if new.class != classSubject && new.class != classFile {
			d.factsOf(old, new, told)
		}
	})
	d.factsOf(d.old.subject, d.new.subject, told)
}

func (d *differ) factsOf(old, new *node, told map[fact]*draft) {
	f := d.differing(old, new)
	d.toldTwice(old, new, &f)
	why := d.about[new]
	if new.class == classSubject {
		drop := func(x fact) bool { return told[x] != nil }
		f.architecture, f.configuration = slices.DeleteFunc(f.architecture, drop), slices.DeleteFunc(f.configuration, drop)
	}
	f.architecture = d.absorb(f.architecture, why, told, func(fact) bool {
		return why.Kind == PartReplaced || why.Kind.Weights()
	})
	f.configuration = d.absorb(f.configuration, why, told, func(x fact) bool {
		switch {
		case why.Kind == PartReplaced, why.Kind.Weights() && containers(old) != containers(new):
			return true
		case !why.Kind.Weights():
			return false
		case x.name == "quantization":
			return true
		}
		return isShape(x.name) && old.Model != nil && new.Model != nil && old.Model.Parameters != new.Model.Parameters
	})
	f.configuration = d.vocabulary(f.configuration, told)
	if new.class == classSubject {
		f.properties, f.totals = d.storedTypes(old, new, f.properties), d.ownTotals(f.totals)
	}
	d.together(ArchitectureChanged, old, new, f.architecture, told)
	d.together(TaskChanged, old, new, f.task, told)
	d.together(ConfigurationChanged, old, new, f.configuration, told)
	d.processed(old, new, f.processor)
	d.together(MetricsChanged, old, new, f.metrics, told)
	for _, x := range f.identity {
		k := map[string]Kind{"name": NameChanged, "version": VersionChanged, "supplier": SupplierChanged}[x.name]
		d.together(k, old, new, []fact{x}, told)
	}
	for _, x := range append(f.properties, f.totals...) {
		k := PropertyChanged
		if new.class == classOther {
			k = ComponentChanged
		}
		d.together(k, old, new, []fact{x}, told)
	}
}

// differing collects the facts of a pair that differ.
func (d *differ) differing(old, new *node) differing {
	var f differing
	add := func(to *[]fact, name, before, after, what string) {
		if !sameValue(before, after) && !d.oneSided(before, after, what) {
			*to = append(*to, fact{name, before, after})
		}
	}
	a, b := cmp.Or(old.Model, &bom.Model{}), cmp.Or(new.Model, &bom.Model{})
	add(&f.architecture, "family", a.Family, b.Family, "architecture")
	add(&f.architecture, "architecture", a.Architecture, b.Architecture, "architecture")
	add(&f.task, "task", a.Task, b.Task, "task")
	add(&f.task, "inputs", joined(a.Inputs), joined(b.Inputs), "task")
	add(&f.task, "outputs", joined(a.Outputs), joined(b.Outputs), "task")
	d.named(&f.configuration, a.Hyperparameters, b.Hyperparameters, "hyperparameter", nil)
	add(&f.configuration, "quantization", a.Quantization, b.Quantization, "hyperparameter")
	d.named(&f.metrics, metrics(a), metrics(b), "metric", nil)
	add(&f.identity, "name", d.nameOf(old), d.nameOf(new), "name")
	add(&f.identity, "version", versionOf(old), versionOf(new), "version")
	add(&f.identity, "supplier", organization(old.Supplier), organization(new.Supplier), "supplier")
	add(&f.properties, "description", old.Description, new.Description, "description")
	add(&f.properties, "copyright", old.Copyright, new.Copyright, "copyright")
	if !d.lenient {
		add(&f.properties, "type", string(old.Kind), string(new.Kind), "type")
	}
	if new.by != ByPURL && purlName(old.PURL) != purlName(new.PURL) {
		add(&f.properties, "package URL", old.PURL, new.PURL, "package URL")
	}
	d.named(&f.properties, links(old), links(new), "link", nil)
	if new.class != classPart && new.class != classSubject && sameHashAlgorithm(old, new) {
		x, y := sharedHash(old, new)
		add(&f.properties, "digest", x, y, "digest")
	}
	d.named(&f.configuration, old.Properties, new.Properties, "property", func(n string) bool {
		return strings.HasPrefix(n, "modelbom:adapter:") || n == "modelbom:pooling"
	})
	d.named(&f.processor, old.Properties, new.Properties, "property", func(n string) bool { return n == "modelbom:processor:class" })
	d.named(&f.properties, old.Properties, new.Properties, "property", d.plain)
	if new.class == classSubject {
		add(&f.totals, "parameters in all", itoa(a.Parameters), itoa(b.Parameters), "total")
		add(&f.totals, "stored types", dtypes(a), dtypes(b), "total")
	}
	return f
}

// plain reports a property that is compared for its own sake: one that has no
// meaning of its own elsewhere here.
func (d *differ) plain(name string) bool {
	for _, p := range []string{"modelbom:adapter:", "modelbom:pooling", "modelbom:processor:class", tokenizerFacts, "modelbom:chat-template:", "modelbom:code"} {
		if strings.HasPrefix(name, p) {
			return false
		}
	}
	// Of another tool's properties only those of the same tool can be compared.
	return !isTerm(name) && (!d.lenient || strings.HasPrefix(name, "modelbom:"))
}

// absorb takes out the facts that another change explains, and makes them
// details of it.
func (d *differ) absorb(facts []fact, by *draft, told map[fact]*draft, explains func(fact) bool) []fact {
	if by == nil {
		return facts
	}
	return slices.DeleteFunc(facts, func(x fact) bool {
		if !explains(x) {
			return false
		}
		told[x] = by
		by.tell(x)
		by.claimRoles("config", "adapter-config")
		return true
	})
}

// tell adds a fact to the details unless it is there.
func (x *draft) tell(f fact) {
	if l := f.line(); !slices.Contains(x.Details, l) {
		x.detail(l)
	}
}

// vocabulary gives the size of the vocabulary in a configuration to the change
// of the tokenizer that it follows.
func (d *differ) vocabulary(facts []fact, told map[fact]*draft) []fact {
	return d.absorb(facts, d.tokens, told, func(f fact) bool { return f.name == "vocab_size" })
}

// storedTypes gives the declared type of the weights to the change that stores
// them in another one.
func (d *differ) storedTypes(old, new *node, facts []fact) []fact {
	if old.Model == nil || new.Model == nil || dtypes(old.Model) == dtypes(new.Model) {
		return facts
	}
	for _, x := range d.drafts {
		if x.Kind.Weights() || x.Kind == PartReplaced {
			return d.absorb(facts, x, map[fact]*draft{}, func(f fact) bool { return f.name == "declared-dtype" })
		}
	}
	return facts
}

// ownTotals leaves out the model's totals where its parts tell why they changed.
func (d *differ) ownTotals(facts []fact) []fact {
	for _, x := range d.drafts {
		if x.Kind.Weights() || x.Kind == PartReplaced || x.Kind == PartAdded || x.Kind == PartRemoved {
			return nil
		}
	}
	return facts
}

// together makes one change of the facts of one kind.
func (d *differ) together(k Kind, old, new *node, facts []fact, told map[fact]*draft) {
	if len(facts) == 0 {
		return
	}
	x := d.change(k, old, new)
	x.key = string(k)
	var before, after, lines []string
	for _, f := range facts {
		told[f] = x
		x.key += "\x00" + f.name + "\x00" + f.before + "\x00" + f.after
		lines = append(lines, f.line())
		if len(facts) == 1 {
			before, after = append(before, show(f.before)), append(after, show(f.after))
			continue
		}
		before, after = append(before, show(f.name)+" "+state(f.before)), append(after, show(f.name)+" "+state(f.after))
		x.detail(f.line())
	}
	x.Before, x.After = summary(before), summary(after)
	words := factWords(k, new)
	if allStated(old, new, facts) {
		words = "the statement of the producer about " + thing(new) + " changed"
	}
	x.Text = sentence(words + ": " + list(lines))
	x.claimFacts(k, old, new, facts)
	if new.class == classSubject || new.class == classPart {
		return
	}
	x.rank = Low
}

// summary is a list of values in one line, and how many are left out.
func summary(values []string) string {
	if len(values) > maxList {
		return list(values)
	}
	return strings.Join(values, ", ")
}

// factWords begins the sentence about facts of one kind.
func factWords(k Kind, n *node) string {
	who := thing(n)
	switch k {
	case ArchitectureChanged:
		return "the architecture of " + who + " is named otherwise"
	case TaskChanged:
		return "what " + who + " is for changed"
	case ConfigurationChanged:
		return "the configuration of " + who + " changed"
	case MetricsChanged:
		return "published results of " + who + " changed"
	case NameChanged:
		return who + " has another name"
	case VersionChanged:
		return who + " has another version"
	case SupplierChanged:
		return who + " has another supplier"
	}
	return who + " changed"
}

// claimFacts claims the files that facts of one kind stand in.
func (x *draft) claimFacts(k Kind, old, new *node, facts []fact) {
	switch k {
	case ArchitectureChanged, ConfigurationChanged:
		for _, n := range []*node{old, new} {
			for _, e := range n.Evidence {
				if e.Technique == bom.ManifestAnalysis {
					x.claim(e.Path)
				}
			}
		}
		x.claimRoles("config", "adapter-config", "modules")
		if old.property("modelbom:pooling") != "" || hasGGUF(new) {
			x.claimFiles(old, new)
		}
	case TaskChanged, MetricsChanged:
		x.claimRoles("model-card")
	case PropertyChanged:
		for _, f := range facts {
			switch f.name {
			case "declared-dtype":
				x.claimRoles("config")
			case "library":
				x.claimRoles("model-card", "pipeline")
			default:
				x.claimRoles("model-card")
			}
		}
	}
}

// hasGGUF reports that a part's configuration stands in its weight files.
func hasGGUF(n *node) bool { return containers(n) == "gguf" }

// processed compares processors: their classes, else their files.
func (d *differ) processed(old, new *node, facts []fact) {
	if new.Role != bom.RoleProcessor || len(facts) == 0 && !d.otherFiles(old, new) {
		return
	}
	x := d.change(ProcessorChanged, old, new)
	d.about[old], d.about[new] = x, x
	x.claimFiles(old, new)
	var lines []string
	for _, f := range facts {
		x.Before, x.After = show(f.before), show(f.after)
		lines = append(lines, f.line())
		x.detail(f.line())
	}
	x.Text = sentence(thing(new) + " has other settings")
	if len(lines) > 0 {
		x.Text = sentence(thing(new) + " changed: " + list(lines))
	}
}
