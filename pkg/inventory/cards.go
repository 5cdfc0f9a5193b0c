package inventory

import (
	"io"
	"path"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/modelcard"
)

// Stated is everything the publisher says, by the file that says it.
type Stated struct {
	Readmes          map[string]*modelcard.Readme // model cards with their paths
	Configs          map[string]*modelcard.Config
	Params           map[string]*modelcard.Params
	Generations      map[string]*modelcard.Generation
	Adapters         map[string]*modelcard.Adapter
	Pipelines        map[string]*modelcard.Pipeline
	Modules          map[string][]modelcard.Module
	Poolings         map[string]*modelcard.Pooling
	Tokenizers       map[string]*modelcard.Tokenizer // tokenizer.json, vocabulary files, and GGUF files that carry one
	TokenizerConfigs map[string]*modelcard.TokenizerConfig
	Templates        map[string][]modelcard.ChatTemplate
	Processors       map[string]*modelcard.Processor
	GGUFs            map[string]*modelcard.GGUF
	Quantizations    map[string]*modelcard.Quantization // files of their own

	cards map[string]*modelcard.Readme // by folder; the first by name where there are several
}

// Readme returns the card of the root, or nil.
func (s *Stated) Readme() *modelcard.Readme { return s.ReadmeFor("") }

// ReadmeFor returns the card of a folder, or of the nearest folder above it, or
// nil.
func (s *Stated) ReadmeFor(dir string) *modelcard.Readme {
	return s.nearestCard(dir, func(*modelcard.Readme) bool { return true })
}

// LicenseCardFor returns the nearest card, of a folder or above it, that states
// a licence, be it by name or link alone, or nil.
func (s *Stated) LicenseCardFor(dir string) *modelcard.Readme {
	return s.nearestCard(dir, func(r *modelcard.Readme) bool {
		return len(r.Licenses) > 0 || !r.LicenseName.IsZero() || !r.LicenseLink.IsZero()
	})
}

func (s *Stated) nearestCard(dir string, is func(*modelcard.Readme) bool) *modelcard.Readme {
	for {
		if r := s.cards[dir]; r != nil && is(r) {
			return r
		}
		if dir == "" {
			return nil
		}
		dir = dirName(dir)
	}
}

// ConfigFor returns the configuration of a folder, or of the nearest folder
// above it, or nil.
func (s *Stated) ConfigFor(dir string) *modelcard.Config {
	for {
		if c := s.Configs[path.Join(dir, "config.json")]; c != nil {
			return c
		}
		if dir == "" {
			return nil
		}
		dir = dirName(dir)
	}
}

// readCards reads every file that holds statements. A file that cannot be read
// is a problem and leaves no entry.
func (b *builder) readCards() {
	s := &b.inv.Stated
	*s = Stated{
		Readmes: map[string]*modelcard.Readme{}, Configs: map[string]*modelcard.Config{}, Params: map[string]*modelcard.Params{},
		Generations: map[string]*modelcard.Generation{}, Adapters: map[string]*modelcard.Adapter{},
		Pipelines: map[string]*modelcard.Pipeline{}, Modules: map[string][]modelcard.Module{}, Poolings: map[string]*modelcard.Pooling{},
		Tokenizers: map[string]*modelcard.Tokenizer{}, TokenizerConfigs: map[string]*modelcard.TokenizerConfig{},
		Templates: map[string][]modelcard.ChatTemplate{}, Processors: map[string]*modelcard.Processor{},
		GGUFs: map[string]*modelcard.GGUF{}, Quantizations: map[string]*modelcard.Quantization{},
	}
	for _, f := range b.inv.Files {
		if b.ctx.Err() != nil {
			return
		}
		if f.Readable() {
			b.readCard(f)
		}
		if f.Header != nil && f.Format == "gguf" {
			g, problems := modelcard.ReadGGUF(f.Path, func(key string) (string, bool) {
				e, ok := f.Header.Lookup(key)
				return e.String(), ok && e.Array == nil
			})
			s.GGUFs[f.Path] = g
			b.cardProblems(f, problems)
			b.readEmbedded(f)
		}
	}
	s.cards = map[string]*modelcard.Readme{}
	for _, name := range sortedNames(s.Readmes) {
		if dir := dirName(name); s.cards[dir] == nil {
			s.cards[dir] = s.Readmes[name]
		}
	}
}

func (b *builder) readCard(f *File) {
	s := &b.inv.Stated
	base := strings.ToLower(baseName(f.Path))
	switch f.Role {
	case RoleModelCard:
		card(b, f, s.Readmes, modelcard.ReadReadme)
	case RoleConfig:
		b.readConfig(f, base)
	case RoleGenerationConfig:
		card(b, f, s.Generations, modelcard.ReadGeneration)
	case RoleAdapterConfig:
		card(b, f, s.Adapters, modelcard.ReadAdapter)
	case RolePipeline:
		card(b, f, s.Pipelines, modelcard.ReadPipeline)
	case RoleModules:
		if base == "modules.json" {
			card(b, f, s.Modules, modelcard.ReadModules)
		}
	case RoleProcessor:
		card(b, f, s.Processors, modelcard.ReadProcessor)
	case RoleTokenizer:
		b.readTokenizer(f, base)
	case RoleChatTemplate:
		b.readTemplate(f, base)
	}
}

func (b *builder) readConfig(f *File, base string) {
	s := &b.inv.Stated
	switch {
	case base == "quantize_config.json", base == "quant_config.json", base == "hf_quant_config.json":
		card(b, f, s.Quantizations, modelcard.ReadQuantization)
	case base == "params.json":
		card(b, f, s.Params, modelcard.ReadParams)
	case strings.HasSuffix(dirName(f.Path), "_Pooling"):
		card(b, f, s.Poolings, modelcard.ReadPooling)
	default:
		card(b, f, s.Configs, modelcard.ReadConfig)
	}
}

func (b *builder) readTokenizer(f *File, base string) {
	s := &b.inv.Stated
	switch {
	case base == "tokenizer.json", base == "tekken.json":
		card(b, f, s.Tokenizers, modelcard.ReadTokenizer)
	case base == "tokenizer_config.json":
		card(b, f, s.TokenizerConfigs, modelcard.ReadTokenizerConfig)
	case base == "vocab.json":
		card(b, f, s.Tokenizers, modelcard.ReadVocabularyJSON)
	case base == "vocab.txt":
		card(b, f, s.Tokenizers, modelcard.ReadVocabularyText)
	case base == "merges.txt":
		card(b, f, s.Tokenizers, modelcard.ReadMerges)
	case strings.HasSuffix(base, ".model") || strings.HasSuffix(base, ".tiktoken") || strings.HasSuffix(base, ".spm"):
		card(b, f, s.Tokenizers, modelcard.ReadTokenizerModel)
	}
}

func (b *builder) readTemplate(f *File, base string) {
	if strings.HasSuffix(base, ".json") {
		card(b, f, b.inv.Stated.Templates, modelcard.ReadChatTemplateJSON)
		return
	}
	card(b, f, b.inv.Stated.Templates, func(p string, r io.Reader) ([]modelcard.ChatTemplate, []modelcard.Problem, error) {
		t, problems, err := modelcard.ReadChatTemplate(p, r)
		if err != nil {
			return nil, problems, err
		}
		return []modelcard.ChatTemplate{*t}, problems, nil
	})
}

// card reads one file of statements into the map of its kind.
func card[T any](b *builder, f *File, into map[string]T, read func(string, io.Reader) (T, []modelcard.Problem, error)) {
	blob, err := b.repo.Open(b.ctx, f.Path)
	if err != nil {
		b.problem(bom.GapUnreadFile, f.Path, plain(err))
		return
	}
	defer blob.Close()
	v, problems, err := read(f.Path, section(blob))
	b.cardProblems(f, problems)
	if err != nil {
		b.problem(bom.GapUnreadFile, f.Path, plain(err))
		return
	}
	into[f.Path] = v
}

func (b *builder) cardProblems(f *File, problems []modelcard.Problem) {
	for _, p := range problems {
		reason := p.Reason
		if p.Key != "" {
			reason = p.Key + ": " + reason
		}
		b.problem(bom.GapUnreadFile, f.Path, reason)
	}
}
