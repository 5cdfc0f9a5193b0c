package bom

// A Kind is what sort of thing a component is, in CycloneDX's words. Kinds that
// are not listed here can occur in documents of other tools and are kept.
type Kind string

// The component kinds that modelbom writes.
const (
	KindModel       Kind = "machine-learning-model"
	KindData        Kind = "data"
	KindFile        Kind = "file"
	KindLibrary     Kind = "library"
	KindFramework   Kind = "framework"
	KindApplication Kind = "application"
)

// A Role is the job of a part inside the subject. The empty Role marks a
// component that is not a part: the subject, a file, an upstream.
type Role string

// The roles of parts.
const (
	RoleLanguageModel     Role = "language-model"
	RoleVisionEncoder     Role = "vision-encoder"
	RoleAudioEncoder      Role = "audio-encoder"
	RoleProjector         Role = "projector"
	RoleEmbedding         Role = "embedding"
	RoleAdapter           Role = "adapter"
	RoleDiffusionBackbone Role = "diffusion-backbone"
	RoleVAE               Role = "vae"
	RoleTextEncoder       Role = "text-encoder"
	RoleHead              Role = "head"
	RoleTokenizer         Role = "tokenizer"
	RoleChatTemplate      Role = "chat-template"
	RoleProcessor         Role = "processor"
	RoleCode              Role = "code"
	RoleDataset           Role = "dataset"
	// RoleOther holds weights that fit no other role. They are never dropped.
	RoleOther Role = "other"
)

// Roles returns all roles in the order in which a reader expects them.
func Roles() []Role {
	return []Role{
		RoleLanguageModel, RoleEmbedding, RoleTextEncoder, RoleVisionEncoder, RoleAudioEncoder, RoleProjector,
		RoleDiffusionBackbone, RoleVAE, RoleAdapter, RoleHead, RoleOther,
		RoleTokenizer, RoleChatTemplate, RoleProcessor, RoleCode, RoleDataset,
	}
}

// A Component is the subject, a part, a file, a dataset or an upstream.
type Component struct {
	Ref  Ref
	Kind Kind
	Role Role

	// Group is the namespace in front of the name, such as the hub owner.
	Group       string
	Name        string
	Version     string
	Description string
	PURL        string
	Copyright   string
	Supplier    *Organization

	Hashes   []Hash
	Licenses []License
	Links    []Link

	// Model is set for models and for parts that have weights, File for files.
	Model *Model
	File  *File

	// Origins are the verdicts about where this component comes from, the most
	// important first.
	Origins []Origin
	// Evidence says how the component itself was recognised.
	Evidence []Evidence
	// Properties are facts without a field, and those of other tools.
	Properties []Property
}

// A Hash is a digest of a file's bytes.
type Hash struct {
	Algorithm HashAlgorithm
	Value     string // lower-case hexadecimal
	// Asserted marks a digest that somebody else stated (a Git LFS pointer, a
	// hub cache) and that was not computed from the bytes by this tool.
	Asserted bool
}

// A HashAlgorithm is a digest algorithm, in CycloneDX's spelling.
type HashAlgorithm string

// The digest algorithms that modelbom computes.
const (
	SHA1   HashAlgorithm = "SHA-1"
	SHA256 HashAlgorithm = "SHA-256"
	SHA512 HashAlgorithm = "SHA-512"
	BLAKE3 HashAlgorithm = "BLAKE3"
)

// A License is one statement about a component's licence.
type License struct {
	// Expression is an SPDX licence expression, LicenseRef names included.
	// It is empty when the statement could not be normalised.
	Expression string
	// Name is the licence as it was written, such as the hub key "llama3.1".
	Name string
	// URL points to the text, Path to a file of the repository that holds it.
	URL, Path string
	// Acknowledgement tells a statement of the publisher from our conclusion.
	Acknowledgement Acknowledgement
	Evidence        []Evidence
}

// An Acknowledgement says who stands behind a licence, in CycloneDX's words.
type Acknowledgement string

// The acknowledgements. A licence with neither was found and not weighed.
const (
	Declared  Acknowledgement = "declared"
	Concluded Acknowledgement = "concluded"
)

// A Link points out of the document.
type Link struct {
	Type    string // a CycloneDX external reference type: "model-card", "vcs", ...
	URL     string
	Comment string
}

// A File is what is known of a component of [KindFile].
type File struct {
	// Size in bytes; for a pointer file the size of what it points to.
	Size int64
	// Format is the weight or document format that the bytes show, such as
	// "safetensors"; empty when nothing recognised it.
	Format string
	// Role is the job of the file in the repository: "weights", "config", ...
	Role string
	// Absent is set when only a pointer to the content was there.
	Absent bool
}

// A Model is what is known of a model or of a part with weights.
type Model struct {
	Task         string // what it is for, such as "image-text-to-text"
	Family       string // architecture family: the configuration's model_type
	Architecture string // class name, such as "LlamaForCausalLM"
	Inputs       []string
	Outputs      []string

	// Hyperparameters are configuration values under their own names, sorted.
	Hyperparameters []Property
	// Quantization is the declared quantisation method, such as "gptq".
	Quantization string

	Parameters int64 // weights: elements of all tensors, unpacked where the scheme is known
	Tensors    int
	Bytes      int64 // stored size of all tensors
	Layers     int   // repeated blocks in the longest stack, 0 when there is none
	DTypes     []DTypeShare
	// WeightsDigest is "sha256:..." over the values of all tensors of the
	// part; empty when they were not all read.
	WeightsDigest string

	Metrics []Metric
}

// A DTypeShare says how many elements of a part are stored in one data type.
type DTypeShare struct {
	DType      string
	Parameters int64
}

// A Metric is a published evaluation result.
type Metric struct {
	Type, Value, Dataset string
}
