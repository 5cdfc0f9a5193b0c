package security

import "github.com/modelbom/modelbom/pkg/bom"

// Version is that of the rules: documents say with which they were looked at.
const Version = "1"

// A Rule is one kind of observation.
type Rule struct {
	ID string
	// Severity is the gravest that the rule gives.
	Severity bom.Severity
	Title    string
	Why      string // it matters
	Help     string // what to do about it
}

// The identifiers of the rules.
const (
	RulePickleDangerous = "pickle-dangerous"
	RulePickleUnknown   = "pickle-unknown"
	RulePickleKnown     = "pickle-known"
	RulePickleOdd       = "pickle-odd"
	RuleScanIncomplete  = "scan-incomplete"
	RuleNotRead         = "not-read"
	RuleAbsent          = "content-absent"
	RuleRemoteCode      = "remote-code"
	RuleCodeFile        = "code-file"
	RuleScript          = "embedded-script"
	RuleLambda          = "keras-lambda"
	RuleConfigImport    = "config-import"
	RuleGraphOperator   = "graph-operator"
	RuleCustomOperator  = "custom-operator"
	RuleGraphOdd        = "graph-odd"
	RuleTemplateReach   = "template-reach"
	RuleTemplateLoad    = "template-load"
	RuleTemplateUnknown = "template-unknown"
	RuleTemplateLoop    = "template-loop"
	RuleTemplateHidden  = "template-hidden-text"
	RuleTemplateContent = "template-content"
	RulePathEscape      = "path-escape"
	RuleUnsafeFormat    = "unsafe-format"
	RuleSecret          = "secret"
)

const (
	helpPickle = "Do not load the file with pickle, joblib, or torch.load(weights_only=False). Ask the publisher for safetensors, or convert the " +
		"file where nothing of value can be reached, and compare the weights digests."
	helpTemplate = "Read the template at the place that is named. Render chat templates in a sandbox without network, with jinja2's " +
		"ImmutableSandboxedEnvironment, as transformers does; other runtimes may not."
)

// Rules are all rules, in the order in which their findings are given.
func Rules() []Rule {
	return []Rule{
		{RulePickleDangerous, bom.SeverityCritical, "Loading the file runs code or names the means to",
			"A pickle is a program. This one names functions that start programs, run Python text, open files or the network, or look other functions up. " +
				"Whoever loads it outside of a restricted loader does what it says, with the rights of the loading process.", helpPickle},
		{RulePickleUnknown, bom.SeverityHigh, "Loading the file imports what is not known to be harmless",
			"Importing a module runs it, and calling a function of unknown effect can do anything. No list of bad names is ever complete, so what is not known is said.",
			"Find out what the names are. A class of the publisher's own library is usual for whole-model checkpoints; a checkpoint of plain weights needs none. " + helpPickle},
		{RulePickleKnown, bom.SeverityInfo, "Loading the file needs names of known libraries",
			"The names are those of data classes and rebuild functions of widely used libraries. PyTorch's restricted loader refuses them unless they are allowed, so people turn the restriction off.",
			"Prefer a file that the restricted loader takes as it is."},
		{RulePickleOdd, bom.SeverityHigh, "The file is built as no ordinary writer builds it",
			"Readers that disagree about a file see different contents. Attacks on scanners are made of such files: a member that is there twice, two names, wrong checksums, data behind the end.",
			"Ask the publisher how the file was written, or have it written anew by torch.save or, better, as safetensors."},
		{RuleScanIncomplete, bom.SeverityHigh, "The file was not read to its end",
			"What comes behind the place where the reader stopped was not judged. A loader may still have run what stands before it.",
			"Treat the file as not checked. See the gap of the same file for the reason."},
		{RuleNotRead, bom.SeverityInfo, "Weights of a format that is not read and can carry code",
			"Some formats can carry code: pickled arrays, Python functions in layers, operators that touch files. This version does not read this one, so nothing is said about what is in it.",
			"Check the file with a tool for its format, or use one of the files beside it in a format that is read."},
		{RuleAbsent, bom.SeverityInfo, "Content is not here",
			"Only a pointer, or only the name in an index, is in the repository. Nothing can be said about bytes that were not seen.",
			"Download the content and look again before it is used."},
		{RuleRemoteCode, bom.SeverityMedium, "Loading the model runs Python code of a repository",
			"With trust_remote_code the loader imports the named file. Code of another repository is taken at whatever revision is current on that day, so it can change after every review.",
			"Review the file of the digest that is named. Pin the revision of other repositories (code_revision), or copy their code into this one."},
		{RuleCodeFile, bom.SeverityInfo, "Program text in the repository",
			"No loader runs it by itself; people do.",
			"Review it as any other program before it is run."},
		{RuleScript, bom.SeverityInfo, "The file carries program text",
			"TorchScript archives hold the model's computation as program text, which their loader compiles and runs. It has no access to files or the network by itself, and custom operators may have.",
			"Review the text where the model's computation has to be known."},
		{RuleLambda, bom.SeverityHigh, "A Keras layer is a Python function",
			"A Lambda layer is stored as marshalled Python code, or as the name of a function, which runs when the model is loaded or used. Keras refuses it by default (safe_mode) in its newer format only.",
			"Ask for the model without Lambda layers. Never load it with safe_mode=False or in the old HDF5 format."},
		{RuleConfigImport, bom.SeverityHigh, "A configuration names what its loader imports and calls",
			"Keras, hydra, NeMo and unsafe loaders of YAML import what a configuration names and call it with the arguments that stand beside it. A name such as os.system is a program of the publisher's choice.",
			"Read the configuration at the place that is named. Load with safe_mode and a safe loader of YAML, and only names that you know."},
		{RuleGraphOperator, bom.SeverityHigh, "A TensorFlow graph touches files or runs Python",
			"Operators such as ReadFile, WriteFile and PyFunc act on the machine that runs the graph.",
			"Look at what the operator is for, and run the graph in a sandbox."},
		{RuleCustomOperator, bom.SeverityLow, "The graph needs operators of a library of its own",
			"Operators of a custom domain come from a native library that has to be loaded beside the model, and that library can do anything.",
			"Find out which library provides the domain and where it comes from."},
		{RuleGraphOdd, bom.SeverityMedium, "The graph is built as no ordinary writer builds it",
			"Readers that disagree about a file see different contents.", "Ask the publisher how the file was written."},
		{RuleTemplateReach, bom.SeverityHigh, "A chat template reaches beyond formatting",
			"A chat template is a program. Attributes with underscores, the filter attr and names that are put together lead from any value to Python's internals, and from there to the system, in runtimes that do not sandbox templates.",
			helpTemplate},
		{RuleTemplateLoad, bom.SeverityMedium, "A chat template loads other templates", "Include, import and extends read other files when a runtime lets them.", helpTemplate},
		{RuleTemplateUnknown, bom.SeverityLow, "A chat template uses what no known runtime offers",
			"Runtimes for chat templates offer a few functions and the filters of Jinja. Something else is an error at best.", helpTemplate},
		{RuleTemplateLoop, bom.SeverityMedium, "A chat template can take time or memory without bound",
			"Loops over huge ranges and repeated texts stop the process that renders the template.", helpTemplate},
		{RuleTemplateHidden, bom.SeverityMedium, "A chat template holds text that people do not see",
			"Invisible and direction-changing characters, and long runs of blanks, hide text from reviewers and not from the model.", helpTemplate},
		{RuleTemplateContent, bom.SeverityLow, "A chat template puts words into the conversation",
			"A template sees every message and writes what the model reads. Words that appear only when a message holds a trigger, links and instructions can change answers without a change of weights. The rule is a guess from words.",
			"Read the template and decide whether the words belong there."},
		{RulePathEscape, bom.SeverityHigh, "A file names a place outside of the repository",
			"Loaders that follow such a name read or overwrite files of the machine.", "Do not load the file. Ask the publisher to correct it."},
		{RuleUnsafeFormat, bom.SeverityLow, "Weights in a format that can run code when loaded",
			"Pickle-based formats are programs. Weights alone can be stored in safetensors, which is data only.",
			"Load the safetensors file where there is one; ask for one where there is none."},
		{RuleSecret, bom.SeverityHigh, "Something that looks like a secret",
			"Keys and tokens that are published are used by others within minutes. The value is not repeated here.",
			"Revoke the key at its issuer first; removing it from the newest revision does not remove it from history."},
	}
}
