package modelcard

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// Upstream returns the hub id, "owner/name" or for old models "name", that a
// value names, such as that of "_name_or_path" or "base_model". It reports false
// for everything else, local paths above all, so that no path of a publisher's
// machine enters a document. It understands
//
//   - "owner/name" with the characters that the hub allows,
//   - "name" without an owner, as "gpt2" and "bert-base-uncased" have it,
//   - "https://HOST/owner/name", also with "/tree/REVISION" and the like behind
//     it, where HOST is a model hub: see [isHub],
//   - "hf://owner/name",
//   - a path into the hub cache, ".../models--owner--name/snapshots/...".
//
// A value of the right form is still refused when it looks like a directory of
// a training run: see [localOwners], [localNames] and [localName]. That is a
// guess, and it errs towards refusing.
func Upstream(value string) (id string, ok bool) {
	value = strings.TrimSpace(value)
	if len(value) > maxUpstream {
		return "", false
	}
	if m := cachePath.FindStringSubmatch(value); m != nil {
		id = strings.Replace(m[1], "--", "/", 1)
	} else if rest, found := strings.CutPrefix(value, "hf://"); found {
		id = firstTwo(rest)
	} else if strings.Contains(value, "://") {
		id = fromURL(value)
	} else {
		id = value
	}
	if !isHubID(id) || isLocal(id) {
		return "", false
	}
	return id, true
}

// maxUpstream bounds what Upstream looks at, in bytes: a hub id has at most 96
// characters, the rest is room for a URL.
const maxUpstream = 512

// cachePath matches a directory of the hub cache, with either separator.
var cachePath = regexp.MustCompile(`(?:^|[/\\])models--([A-Za-z0-9._-]+)(?:[/\\]|$)`)

// hubID has the form of a hub id: see validate_repo_id of huggingface_hub 0.30.
var hubID = regexp.MustCompile(`^(?:[A-Za-z0-9_][A-Za-z0-9._-]*/)?[A-Za-z0-9_][A-Za-z0-9._-]*$`)

func isHubID(id string) bool {
	if len(id) > 96 || !hubID.MatchString(id) || strings.Contains(id, "--") || strings.Contains(id, "..") {
		return false
	}
	for part := range strings.SplitSeq(id, "/") {
		if strings.HasSuffix(part, "-") || strings.HasSuffix(part, ".") || strings.HasSuffix(part, ".git") {
			return false
		}
	}
	return true
}

// localOwners are first elements of relative paths that training scripts use,
// in lower case.
func localOwners() []string {
	return []string{
		"artifacts", "cache", "checkpoint", "checkpoints", "ckpt", "ckpts", "content", "data", "exp", "experiments",
		"finetuned", "home", "llm", "llms", "local", "log", "logs", "lora", "mnt", "model", "models", "my_models", "opt", "out",
		"output", "outputs", "pretrained", "pretrained_models", "result", "results", "root", "run", "runs", "save", "saved",
		"saved_models", "saves", "scratch", "src", "temp", "tmp", "train", "trained_models", "training", "users", "usr",
		"var", "weights", "work", "workspace",
	}
}

// localNames are names that a directory has and a model has not, in lower case.
func localNames() []string {
	return append(localOwners(), "best", "best_model", "final", "final_model", "last", "latest", "merged",
		"merged_model", "merged-model", "model_final", "none", "null", "true", "false", "pytorch_model", "snapshot", "test", "unknown")
}

// localName matches names of checkpoints and of weight files.
var localName = regexp.MustCompile(`(?i)^(?:checkpoint|ckpt|tmp|temp|step|steps|epoch|iter|global_step)[-_.]?[0-9]*$|` +
	`^tmp|\.(?:bin|ckpt|gguf|h5|json|model|msgpack|onnx|pt|pth|safetensors|tar|gz|zip|ya?ml)$`)

func isLocal(id string) bool {
	owner, name, found := strings.Cut(strings.ToLower(id), "/")
	if !found {
		return slices.Contains(localNames(), owner) || localName.MatchString(owner) || strings.Trim(owner, "0123456789.-_") == ""
	}
	return slices.Contains(localOwners(), owner) || localName.MatchString(owner) || localName.MatchString(name)
}

// fromURL returns the hub id in a URL of a model hub, or "".
func fromURL(value string) string {
	u, err := url.Parse(value)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || !isHub(u.Hostname()) {
		return ""
	}
	p := strings.TrimPrefix(strings.TrimPrefix(u.Path, "/"), "models/")
	if first, _, _ := strings.Cut(p, "/"); slices.Contains([]string{"api", "blog", "collections", "datasets", "docs", "learn", "organizations", "papers", "spaces"}, first) {
		return ""
	}
	return firstTwo(p)
}

// isHub reports whether a host is a model hub: huggingface.co, hf.co, and hosts
// that say so, mirrors and in-house hubs, with a label that is "hf", "hub" or
// "huggingface" or begins with "hf-". Any other host could hold anything under
// a path of two elements: code, papers, documentation.
func isHub(host string) bool {
	host = strings.ToLower(host)
	if strings.HasSuffix(host, "docker.com") {
		return false
	}
	for label := range strings.SplitSeq(host, ".") {
		if label == "hf" || label == "hub" || label == "huggingface" || strings.HasPrefix(label, "hf-") {
			return true
		}
	}
	return false
}

// firstTwo returns the first two elements of a path. What may follow them, a
// revision or a file, is not kept.
func firstTwo(p string) string {
	owner, rest, _ := strings.Cut(strings.TrimSuffix(p, "/"), "/")
	name, _, _ := strings.Cut(rest, "/")
	name, _, _ = strings.Cut(name, "@")
	if name == "" {
		return owner
	}
	return owner + "/" + name
}
