package policy

import (
	"slices"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// A Field is one thing that the expressions of a policy can read.
type Field struct {
	Name, Type, Meaning string
}

// A FactType is one type of the things that the expressions of a policy can see.
type FactType struct {
	Name, Meaning string
	Fields        []Field
}

// FactTypes is the typed model that expressions see. docs/policies-own.md lists
// it. A field that a document does not state is not there: reading it is an
// error, and what cannot be read cannot be shown. "has(part.version)" asks.
func FactTypes() []FactType {
	return []FactType{
		{"Model", "the subject of the document", slices.Concat(componentFields(), modelFields(), statedFields(), []Field{
			{"parts", "list(Part)", "the parts, datasets apart; not there when the document names none"},
			{"upstreams", "list(Upstream)", "what something comes from or needs; empty only where origins were looked for and none was found"},
			{"datasets", "list(Dataset)", "the data sets that are named"},
			{"files", "list(File)", "the files"},
		})},
		{"Part", "a part of the model", slices.Concat(componentFields(), modelFields(), statedFields(), []Field{
			{"share", "double", "its share of the weights of all parts, 0 to 1"},
			{"files", "list(File)", "the files that its bytes are in"},
			{"foreign", "string", "what the policies that this one extends say: foreign, own, home, not-shown"},
			{"grades", "map(string, string)", "likewise the level by grade, such as grades[\"auditable\"], and grades[\"overall\"]"},
		})},
		{"Upstream", "something that a part comes from or needs", slices.Concat(componentFields(), modelFields())},
		{"Dataset", "a data set", slices.Concat(componentFields(), []Field{
			{"originator", "string", "who made it"},
			{"release_time", "timestamp", "when it was released"},
			{"built_time", "timestamp", "when it was made"},
		})},
		{"File", "a file of the repository", slices.Concat(componentFields(), []Field{
			{"path", "string", "where it is in the repository"},
			{"size", "int", "in bytes"},
			{"format", "string", "of weights, as the bytes show it: safetensors, gguf, pytorch ..."},
			{"job", "string", "what it is for: weights, config, licence ..."},
			{"absent", "bool", "whether only a pointer to it is there"},
			{"parts", "list(string)", "references of the parts that it belongs to"},
		})},
		{"Finding", "a complaint of the document", []Field{
			{"rule", "string", "such as pickle-dangerous"},
			{"severity", "string", "critical, high, medium, low, info"},
			{"grave", "bool", "medium or above"},
			{"ref", "string", "the component that it is about"},
			{"path", "string", "the file"},
			{"key", "string", "the place in the file"},
			{"message", "string", "in words"},
		}},
		{"Gap", "something that was not seen", []Field{
			{"kind", "string", "such as unread-weights"},
			{"weights", "bool", "whether weights were not seen"},
			{"ref", "string", "the component that it is about"},
			{"path", "string", "the file"},
			{"reason", "string", "in words"},
		}},
		{"Origin", "a verdict about where something comes from", []Field{
			{"reference", "string", "the reference of the upstream"},
			{"upstream", "Source", "the upstream in short"},
			{"verdict", "string", "such as identical, trained-from, declared-only, unknown"},
			{"found", "bool", "whether the bytes show it"},
			{"strength", "string", "exact, strong, moderate, weak, declared"},
			{"relation", "string", "the publisher's word for it"},
			{"sentence", "string", "the verdict in words"},
			{"limits", "string", "what it does not show"},
		}},
		{"Source", "an upstream in short", []Field{
			{"ref", "string", "its reference"},
			{"name", "string", "its name with its group: acme/base"},
			{"version", "string", "its version"},
			{"purl", "string", "its package URL"},
			{"supplier", "Organization", "who supplies it"},
			{"licences", "Licences", "its licences"},
		}},
		{"Licences", "what is known of the licences of something", []Field{
			{"declared", "list(string)", "what the publisher states"},
			{"concluded", "list(string)", "what was concluded"},
			{"found", "list(string)", "what was found and not weighed"},
			{"identifiers", "list(string)", "every identifier of what is concluded, else declared"},
			{"class", "string", "the class of the concluded licence, such as permissive; not there when unknown"},
			{"conclusion", "string", "how it was concluded"},
			{"terms", "list(Term)", "what the licences ask; empty only where the class is known"},
		}},
		{"Term", "something that a licence asks", []Field{
			{"licence", "string", "which licence"},
			{"kind", "string", "such as notice, naming, non-commercial"},
			{"clause", "string", "where it says so"},
			{"text", "string", "in words"},
		}},
		{"Review", "a security review that somebody states", []Field{
			{"by", "string", "who reviewed"},
			{"date", "timestamp", "when, 00:00 UTC of the day"},
			{"scope", "string", "what was reviewed"},
			{"result", "string", "accepted, conditional, rejected"},
			{"digest", "string", "of which bytes"},
			{"bound", "bool", "whether these are the bytes of now; a review of others does not count"},
			{"link", "string", "the report"},
		}},
		{"Statement", "what somebody states about certain bytes", []Field{
			{"text", "string", "the statement"},
			{"interface", "string", "of replaceability: what joins it to the rest"},
			{"alternatives", "string", "of replaceability: what could stand in its place"},
			{"link", "string", "of training data: where there is more"},
			{"digest", "string", "of which bytes"},
			{"bound", "bool", "whether these are the bytes of now"},
		}},
		{"Organization", "a supplier or author", []Field{
			{"name", "string", "its name"},
			{"url", "string", "its address"},
			{"email", "string", "its e-mail address"},
			{"country", "string", "ISO 3166-1 alpha-2"},
		}},
		{"Document", "the document itself", []Field{
			{"created", "timestamp", "when it was made"},
			{"format", "string", "such as cyclonedx-json@1.6"},
			{"serial", "string", "its identifier"},
			{"phase", "string", "the phase of the life cycle, such as post-build"},
			{"authors", "list(Organization)", "who answers for it"},
			{"tools", "list(Named)", "what made it"},
			{"inputs", "list(Named)", "catalogues, indexes and files of facts that it depends on"},
			{"assembly", "string", "complete, incomplete ...: whether all parts and files are listed"},
			{"lineage", "string", "whether all upstreams are listed"},
			{"observed", "list(string)", "what was observed: security"},
			{"properties", "map(string, list(string))", "properties of the document by name"},
		}},
		{"Named", "a tool or an input", []Field{
			{"kind", "string", "of an input: catalogue, index, facts"},
			{"name", "string", "its name"},
			{"version", "string", "its version"},
			{"digest", "string", "of an input"},
		}},
	}
}

func componentFields() []Field {
	return []Field{
		{"ref", "string", "its reference in the document"},
		{"kind", "string", "machine-learning-model, data, file, library ..."},
		{"role", "string", "of a part: vision-encoder, tokenizer ..."},
		{"group", "string", "the owner in front of the name"},
		{"name", "string", "its name"},
		{"full_name", "string", "group/name"},
		{"version", "string", "its version"},
		{"description", "string", "in words"},
		{"purl", "string", "its package URL"},
		{"copyright", "string", "its copyright"},
		{"supplier", "Organization", "who supplies it"},
		{"licences", "Licences", "its licences"},
		{"hashes", "map(string, string)", "digests of its bytes by algorithm, such as hashes[\"SHA-256\"]; those that were computed"},
		{"asserted_hashes", "map(string, string)", "those that somebody else stated"},
		{"links", "map(string, list(string))", "addresses by type, such as links[\"model-card\"]"},
		{"origins", "list(Origin)", "verdicts about where it comes from; never empty"},
		{"findings", "list(Finding)", "findings about it, of a part with those about its files, of the model all; empty only where security was observed"},
		{"gaps", "list(Gap)", "likewise what was not seen; empty only where the document says whether it is complete"},
		{"properties", "map(string, list(string))", "properties by name"},
	}
}

func modelFields() []Field {
	return []Field{
		{"task", "string", "what it is for"},
		{"family", "string", "architecture family"},
		{"architecture", "string", "class name"},
		{"inputs", "list(string)", "input modalities"},
		{"outputs", "list(string)", "output modalities"},
		{"parameters", "int", "number of weights; not there when not read"},
		{"tensors", "int", "number of tensors"},
		{"bytes", "int", "stored size of the tensors"},
		{"layers", "int", "repeated blocks of the longest stack"},
		{"dtypes", "list(string)", "stored data types, the largest share first"},
		{"quantization", "string", "the declared method"},
		{"weights_digest", "string", "sha256:... over the values of all tensors"},
		{"hyperparameters", "map(string, string)", "configuration values under their own names"},
	}
}

func statedFields() []Field {
	return []Field{
		{"own", "Statement", "that it was initialised and trained by the producer"},
		{"training_data", "Statement", "what it was trained on"},
		{"compute", "string", "with how much computation"},
		{"energy", "string", "with how much energy"},
		{"intended_use", "string", "what it is meant for"},
		{"contact", "string", "where questions go"},
		{"release_time", "timestamp", "when it was released"},
		{"built_time", "timestamp", "when it was built"},
		{"reviews", "list(Review)", "security reviews; never empty"},
		{"replaceability", "Statement", "how it could be replaced"},
	}
}

// paramsType is the type of "params", whose fields are a policy's own.
const paramsType = "Params"

// A factProvider tells the type checker which fields the types have. Their values
// are maps, so that a field that is not stated is not there.
type factProvider struct {
	types.Provider
	fields map[string]map[string]*types.FieldType
}

func newFactProvider(base types.Provider, params []Field) *factProvider {
	p := &factProvider{base, map[string]map[string]*types.FieldType{}}
	for _, t := range append(FactTypes(), FactType{paramsType, "", params}) {
		fields := map[string]*types.FieldType{}
		for _, f := range t.Fields {
			fields[f.Name] = &types.FieldType{Type: typeOf(f.Type)}
		}
		p.fields[t.Name] = fields
	}
	return p
}

// typeOf reads the name of a type as the table has it.
func typeOf(name string) *types.Type {
	switch name {
	case "string":
		return types.StringType
	case "int":
		return types.IntType
	case "double":
		return types.DoubleType
	case "bool":
		return types.BoolType
	case "timestamp":
		return types.TimestampType
	case "map(string, string)":
		return types.NewMapType(types.StringType, types.StringType)
	case "map(string, list(string))":
		return types.NewMapType(types.StringType, types.NewListType(types.StringType))
	}
	if len(name) > 6 && name[:5] == "list(" {
		return types.NewListType(typeOf(name[5 : len(name)-1]))
	}
	return types.NewObjectType(name)
}

func (p *factProvider) FindStructType(name string) (*types.Type, bool) {
	if _, ok := p.fields[name]; ok {
		return types.NewTypeTypeWithParam(types.NewObjectType(name)), true
	}
	return p.Provider.FindStructType(name)
}

func (p *factProvider) FindStructFieldNames(name string) ([]string, bool) {
	fields, ok := p.fields[name]
	if !ok {
		return p.Provider.FindStructFieldNames(name)
	}
	var names []string
	for f := range fields {
		names = append(names, f)
	}
	slices.Sort(names)
	return names, true
}

func (p *factProvider) FindStructFieldType(name, field string) (*types.FieldType, bool) {
	fields, ok := p.fields[name]
	if !ok {
		return p.Provider.FindStructFieldType(name, field)
	}
	t, ok := fields[field]
	return t, ok
}

// NewValue makes nothing: expressions look at a document and make no part of one.
func (p *factProvider) NewValue(name string, _ map[string]ref.Val) ref.Val {
	return types.NewErr("an expression cannot make a %s", name)
}
