package inspect

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/inventory"
	"github.com/modelbom/modelbom/pkg/modelcard"
	"github.com/modelbom/modelbom/pkg/origin"
)

// lineage turns every statement about where something comes from into an
// origin with the verdict "declared-only": the publisher says so, and no bytes
// were compared.
func (a *assembler) lineage() {
	s := &a.inv.Stated
	whole := a.wholeModel()
	for _, p := range sortedKeys(s.Readmes) {
		r, targets := s.Readmes[p], whole
		if folder(p) != "" {
			targets = a.primaryOf(folder(p))
		}
		for _, base := range r.BaseModels {
			a.comesFrom(targets, base, r.BaseModelRelation.Value, confidenceStated)
		}
	}
	for _, p := range sortedKeys(s.Configs) {
		a.configLineage(s.Configs[p], whole)
	}
	for _, p := range sortedKeys(s.Adapters) {
		a.comesFrom(a.adapterParts(p), s.Adapters[p].BaseModel, "adapter", confidenceStated)
	}
	for _, p := range sortedKeys(s.Pipelines) {
		a.comesFrom([]*bom.Component{&a.model}, s.Pipelines[p].NameOrPath, "", confidenceLeftOver)
	}
	for _, p := range sortedKeys(s.GGUFs) {
		a.ggufLineage(s.GGUFs[p])
	}
	for _, p := range a.inv.Parts {
		a.assetLineage(p)
	}
	a.remoteCode()
	a.trainedOn()
}

// wholeModel is what a statement about the model as a whole is about: the
// subject and, when its primary weights are one part, that part. Heads and
// projectors sit on top of others and do not count.
func (a *assembler) wholeModel() []*bom.Component {
	targets := []*bom.Component{&a.model}
	weights := 0
	for _, parts := range a.primary {
		weights += len(parts)
	}
	if weights == 1 {
		targets = append(targets, a.primaryOf("")...)
	}
	return targets
}

// primaryOf is the part that the primary weights of a folder are, if they are
// one.
func (a *assembler) primaryOf(dir string) []*bom.Component {
	if len(a.primary[dir]) != 1 {
		return nil
	}
	return []*bom.Component{a.byPart[a.primary[dir][0]]}
}

// configLineage follows a configuration and all inside it. What a nested
// configuration names is about the part that it describes.
func (a *assembler) configLineage(c *modelcard.Config, whole []*bom.Component) {
	targets := whole
	dir := folder(c.Path)
	switch p := a.partOf(c); {
	case p != nil && (c.Key != "" || dir != ""):
		targets = []*bom.Component{p}
	case dir != "":
		targets = a.primaryOf(dir)
	case c.Key != "":
		targets = []*bom.Component{&a.model}
	}
	a.comesFrom(targets, c.NameOrPath, "", confidenceLeftOver)
	for _, r := range c.References {
		a.comesFrom(a.referenced(r, targets), r, "", confidenceStated)
	}
	for _, sub := range c.Subs {
		a.configLineage(sub, whole)
	}
}

// partOf is the part that a configuration describes, or nil.
func (a *assembler) partOf(c *modelcard.Config) *bom.Component {
	for _, p := range a.inv.Parts {
		if p.ConfigPath == c.Path && p.ConfigKey == c.Key && p.Set != nil && p.Role != bom.RoleHead {
			return a.byPart[p]
		}
	}
	return nil
}

// referenced finds the part that a key such as "mm_vision_tower" speaks of.
func (a *assembler) referenced(s modelcard.Statement, otherwise []*bom.Component) []*bom.Component {
	key := lastElement(s.Key)
	for _, e := range []struct {
		word string
		role bom.Role
	}{{"vision", bom.RoleVisionEncoder}, {"image", bom.RoleVisionEncoder}, {"timm", bom.RoleVisionEncoder},
		{"audio", bom.RoleAudioEncoder}, {"speech", bom.RoleAudioEncoder}, {"tokenizer", bom.RoleTokenizer},
		{"text", bom.RoleLanguageModel}, {"language", bom.RoleLanguageModel}, {"llm", bom.RoleLanguageModel}} {
		if !strings.Contains(key, e.word) {
			continue
		}
		for _, p := range a.inv.Parts {
			if p.Role == e.role && p.Qualifier == "" {
				return []*bom.Component{a.byPart[p]}
			}
		}
	}
	return otherwise
}

// adapterParts are the adapter beside a configuration, and the model when it
// is nothing but that adapter.
func (a *assembler) adapterParts(config string) []*bom.Component {
	var targets []*bom.Component
	others := false
	for _, p := range a.inv.Parts {
		switch {
		case p.Role == bom.RoleAdapter && p.Set != nil && strings.TrimSuffix(config, "adapter_config.json") == strings.TrimPrefix(p.Set.Dir+"/", "/"):
			targets = append(targets, a.byPart[p])
		case p.Set != nil:
			others = true
		}
	}
	if !others {
		targets = append(targets, &a.model)
	}
	return targets
}

func (a *assembler) ggufLineage(g *modelcard.GGUF) {
	var targets []*bom.Component
	for _, p := range a.inv.Parts {
		if p.Set != nil && slices.ContainsFunc(p.Files, func(f *inventory.File) bool { return f.Path == g.Path }) {
			targets = append(targets, a.byPart[p])
		}
	}
	if folder(g.Path) == "" {
		targets = append(targets, &a.model)
	}
	// A converter copies the base models of the card that it found, so their
	// relation is the card's and not that of the conversion.
	relation := ""
	if g.Type.Value == "adapter" {
		relation = "adapter"
	}
	for _, base := range g.BaseModels {
		a.ggufSource(targets, base, relation)
	}
	a.comesFrom(targets, firstStated(g.SourceRepoURL, g.SourceURL), relation, confidenceStated)
}

// ggufSource takes a base model by its repository, else by organisation and
// name, which are free text.
func (a *assembler) ggufSource(targets []*bom.Component, base modelcard.GGUFSource, relation string) {
	if s := firstStated(base.RepoURL, base.URL); !s.IsZero() {
		if _, ok := modelcard.Upstream(s.Value); ok {
			a.comesFrom(targets, s, relation, confidenceStated)
			return
		}
	}
	if base.Name.IsZero() {
		return
	}
	name := quoted(base.Name.Value)
	group := quoted(cmp.Or(base.Organization.Value, base.Author.Value))
	c := &bom.Component{Ref: bom.Ref("upstream:" + strings.TrimPrefix(group+"/"+name, "/")), Kind: bom.KindModel, Group: group, Name: name,
		Version: quoted(base.Version.Value)}
	a.origin(targets, c, base.Name, relation, confidenceStated)
}

func firstStated(list ...modelcard.Statement) modelcard.Statement {
	for _, s := range list {
		if !s.IsZero() {
			return s
		}
	}
	return modelcard.Statement{}
}

// assetLineage follows the names that tokenizers and processors carry.
func (a *assembler) assetLineage(p *inventory.Part) {
	c := a.byPart[p]
	for _, f := range p.Files {
		if p.Inside != "" || c == nil {
			continue
		}
		if t := a.inv.Stated.TokenizerConfigs[f.Path]; t != nil && p.Role == bom.RoleTokenizer {
			a.comesFrom([]*bom.Component{c}, t.NameOrPath, "", confidenceLeftOver)
		}
		if x := a.inv.Stated.Processors[f.Path]; x != nil {
			a.comesFrom([]*bom.Component{c}, x.NameOrPath, "", confidenceLeftOver)
		}
	}
}

// comesFrom records that a statement names an upstream of the targets. A
// value that names none, such as a path on the publisher's machine, is a gap
// and is not shown.
func (a *assembler) comesFrom(targets []*bom.Component, s modelcard.Statement, relation string, confidence float64) {
	if s.IsZero() || s.Value == "" || len(targets) == 0 {
		return
	}
	id, ok := modelcard.Upstream(s.Value)
	if !ok {
		a.doc.Gaps = append(a.doc.Gaps, bom.Gap{Kind: bom.GapUnresolved, Path: bom.CleanPath(s.Path),
			Reason: cleanValue(s.Key) + " names a local path or something else that is no hub repository; the value is left out"})
		return
	}
	if id == a.inv.Locator.HubID {
		return // its own name is no ancestor
	}
	s.Value = id
	a.origin(targets, upstream(id), s, relation, confidence)
}

func upstream(id string) *bom.Component {
	purl := hubPURL(id, "", "")
	c := &bom.Component{Ref: bom.Ref("upstream:" + purl), Kind: bom.KindModel, PURL: purl}
	c.Group, c.Name = splitID(cleanValue(id))
	return c
}

// origin adds an upstream to the targets, or one more evidence to an origin
// that they have already.
func (a *assembler) origin(targets []*bom.Component, up *bom.Component, s modelcard.Statement, relation string, confidence float64) {
	if known := a.upstreams[up.Ref]; known != nil {
		up = known
	}
	a.upstreams[up.Ref] = up
	e := evidence(s, confidence)
	relation = cleanValue(relation)
	for _, t := range targets {
		i := slices.IndexFunc(t.Origins, func(o bom.Origin) bool { return o.Reference == up.Ref })
		if i >= 0 {
			o := &t.Origins[i]
			o.Relation = cmp.Or(o.Relation, relation)
			if !slices.Contains(o.Evidence, e) {
				o.Evidence = append(o.Evidence, e)
			}
			o.Sentence = sentence(o, up)
			continue
		}
		o := bom.Origin{Reference: up.Ref, Verdict: bom.VerdictDeclaredOnly, Strength: bom.StrengthDeclared, Relation: relation, Evidence: []bom.Evidence{e},
			Limits: "A declaration shows what the publisher says. It does not show where the bytes come from."}
		o.Sentence = sentence(&o, up)
		t.Origins = append(t.Origins, o)
	}
}

// sentence states a declared origin so that it can be quoted.
func sentence(o *bom.Origin, up *bom.Component) string {
	var places []string
	for _, e := range o.Evidence {
		places = append(places, e.Path+" ("+e.Key+")")
	}
	verb := " names "
	if len(places) > 1 {
		verb = " name "
	}
	text := strings.Join(places, " and ") + verb + strings.TrimPrefix(up.Group+"/"+up.Name, "/")
	if o.Relation != "" {
		text += " as its origin (" + o.Relation + ")"
	} else {
		text += " as its origin"
	}
	return bom.Cut(text+"; no bytes were compared.", bom.MaxText)
}

// edges writes the descendantOf relationships of the origins that are declared
// or found. A model of the same architecture is no ancestor.
func (a *assembler) edges() {
	for _, c := range append([]*bom.Component{&a.model}, a.list...) {
		for _, o := range c.Origins {
			switch {
			case o.Relation == origin.RelationUnquantised:
				a.relate(c.Ref, bom.HasVariant, o.Reference, "quantized")
			case o.Verdict == bom.VerdictDeclaredOnly || o.Verdict.Found():
				a.relate(c.Ref, bom.DescendantOf, o.Reference, o.Relation)
			}
		}
	}
}

// remoteCode records repositories that loading the model takes code from.
func (a *assembler) remoteCode() {
	s := &a.inv.Stated
	for _, p := range sortedKeys(s.Configs) {
		a.codeOf(s.Configs[p].AutoMap)
	}
	for _, p := range sortedKeys(s.TokenizerConfigs) {
		a.codeOf(s.TokenizerConfigs[p].AutoMap)
	}
	for _, p := range sortedKeys(s.Processors) {
		a.codeOf(s.Processors[p].AutoMap)
	}
	for _, p := range sortedKeys(s.Modules) {
		for _, m := range s.Modules[p] {
			if m.CodeReference != nil {
				a.codeOf([]modelcard.CodeReference{*m.CodeReference})
			}
		}
	}
}

func (a *assembler) codeOf(list []modelcard.CodeReference) {
	for _, r := range list {
		e := evidence(r.Statement, confidenceStated)
		if r.Repository == "" {
			a.localCode(r, e)
			continue
		}
		if r.Repository == a.inv.Locator.HubID {
			continue
		}
		up := upstream(r.Repository)
		if known := a.upstreams[up.Ref]; known != nil {
			up = known
		} else {
			up.Kind = bom.KindLibrary
		}
		if !slices.Contains(up.Evidence, e) {
			up.Evidence = append(up.Evidence, e)
		}
		a.upstreams[up.Ref] = up
		a.relate(bom.RefSubject, bom.DependsOn, up.Ref, "remote code "+cleanValue(r.File))
	}
}

// localCode marks the file that a reference makes a loader run.
func (a *assembler) localCode(r modelcard.CodeReference, e bom.Evidence) {
	for _, f := range a.inv.Files {
		if c := a.byFile[f]; c != nil && r.File != "" && f.Path == r.File && !slices.Contains(c.Evidence, e) {
			c.Evidence = append(c.Evidence, e)
			return
		}
	}
}

// trainedOn records the data sets that the card and GGUF files name.
func (a *assembler) trainedOn() {
	for _, p := range sortedKeys(a.inv.Stated.Readmes) {
		for _, s := range a.inv.Stated.Readmes[p].Datasets {
			a.dataset(a.spokenOf(p), s)
		}
	}
	for _, p := range sortedKeys(a.inv.Stated.GGUFs) {
		for _, d := range a.inv.Stated.GGUFs[p].Datasets {
			a.dataset(a.spokenOf(p), firstStated(d.RepoURL, d.URL, d.Name))
		}
	}
}

// spokenOf is what a file of statements is about: the model, or in a folder of
// its own the weights of that folder.
func (a *assembler) spokenOf(file string) bom.Ref {
	if dir := folder(file); dir != "" {
		if parts := a.primaryOf(dir); parts != nil {
			return parts[0].Ref
		}
	}
	return bom.RefSubject
}

func (a *assembler) dataset(from bom.Ref, s modelcard.Statement) {
	value := s.Value
	if id, ok := modelcard.Upstream(value); ok {
		value = id
	}
	if value == "" {
		return
	}
	if isLocalPath(value) {
		a.doc.Gaps = append(a.doc.Gaps, bom.Gap{Kind: bom.GapUnresolved, Path: bom.CleanPath(s.Path), Reason: cleanValue(s.Key) + " names a local path; the value is left out"})
		return
	}
	name := quoted(value)
	ref := bom.Ref("dataset:" + name)
	c := a.datasets[ref]
	if c == nil {
		c = &bom.Component{Ref: ref, Kind: bom.KindData, Role: bom.RoleDataset}
		c.Group, c.Name = splitID(name)
		a.datasets[ref] = c
	}
	a.relate(from, bom.TrainedOn, ref, "")
	c.Evidence = append(c.Evidence, evidence(s, confidenceStated))
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
