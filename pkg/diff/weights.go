package diff

import (
	"cmp"
	"math"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
)

// weights compares the weights of a pair of parts whose digests both tell
// something.
func (d *differ) weights(old, new *node) {
	a, b := old.digest(), new.digest()
	switch {
	case a != "" && a == b:
		d.values[new] = true
	case a != "" && b != "":
		d.changedWeights(old, new)
	case a == "" && b == "" && unlike(old, new):
		d.changedWeights(old, new)
	}
}

// unlike reports that weights without digests differ all the same: by their
// numbers, or by the digest of the component that holds them.
func unlike(old, new *node) bool {
	if x, y := sharedHash(old, new); x != y {
		return true
	}
	if old.Model == nil || new.Model == nil {
		return false
	}
	m, n := old.Model, new.Model
	return m.Parameters != 0 && n.Parameters != 0 && m.Parameters != n.Parameters || m.Tensors != 0 && n.Tensors != 0 && m.Tensors != n.Tensors
}

// changedWeights says how weights changed that are not the same: by fingerprints
// where there are some, else by what else is known of the two parts.
func (d *differ) changedWeights(old, new *node) {
	var w *WeightChange
	if d.options.Weights != nil {
		if got, ok := d.options.Weights(old.Ref, new.Ref); ok {
			got.clean()
			w = &got
		}
	}
	kind := WeightsChanged
	if w != nil {
		kind = kindOf(w)
	}
	// Weights that continue the old ones are the old part, whatever its
	// configuration says now. Otherwise another shape or another origin makes it
	// another part.
	if (kind == WeightsChanged || kind == WeightsReinitialised) && (otherShape(old, new) || d.otherOrigin(old, new)) {
		kind = PartReplaced
	}
	x := d.change(kind, old, new)
	x.Weights = w
	d.about[old], d.about[new] = x, x
	x.claimFiles(old, new)
	x.claimRoles("weights-index")
	x.weightWords(d, old, new)
	x.shapeDetails(old, new)
	if kind == WeightsReencoded {
		d.values[new] = true
	}
}

// kindOf reads a verdict about weights whose digests differ.
func kindOf(w *WeightChange) Kind {
	switch w.Verdict {
	case bom.VerdictIdentical, bom.VerdictIdenticalValue:
		if w.Frozen < 1 {
			return WeightsEdited
		}
		return WeightsReencoded
	case bom.VerdictRequantised:
		return WeightsRequantised
	case bom.VerdictTrainedFrom, bom.VerdictRelatedDistant:
		if w.Distance == 0 {
			return WeightsEdited // no sampled value moved: too little for training
		}
		return WeightsTrainedOn
	case bom.VerdictPartial:
		return WeightsPartlyKept
	case bom.VerdictSharedInitialisation, bom.VerdictSameArchitecture:
		return WeightsReinitialised
	}
	return WeightsChanged
}

// clean makes a caller's texts fit to be shown; numbers that are none are NaN.
func (w *WeightChange) clean() {
	w.Sentence, w.Limits = bom.Clean(w.Sentence), bom.Clean(w.Limits)
	for _, p := range []*float64{&w.Distance, &w.Frozen} {
		if math.IsInf(*p, 0) {
			*p = math.NaN()
		}
	}
}

// otherShape reports that two parts are built differently: of another family or
// class, or of other widths. More layers or a larger vocabulary alone can be the
// same part, grown.
func otherShape(old, new *node) bool {
	if old.Model == nil || new.Model == nil {
		return false
	}
	a, b := old.Model, new.Model
	if unequal(a.Family, b.Family) || unequal(a.Architecture, b.Architecture) {
		return true
	}
	told := false
	before := map[string]string{}
	for _, p := range a.Hyperparameters {
		before[p.Name] = p.Value
	}
	for _, p := range b.Hyperparameters {
		v, ok := before[p.Name]
		if !ok || !isWidth(p.Name) {
			continue
		}
		told = true
		if v != p.Value {
			return true
		}
	}
	return !told && unequal(itoa(a.Parameters), itoa(b.Parameters))
}

// unequal reports two values that are both there and not equal.
func unequal(a, b string) bool { return a != "" && b != "" && a != b }

// isWidth reports a hyperparameter whose change makes another part: the widths
// of its layers. The names are those of the configurations of Transformers,
// diffusers and GGUF.
func isWidth(name string) bool {
	switch name {
	case "hidden_size", "d_model", "n_embd", "dim", "embed_dim", "embedding_length", "embedding_size",
		"intermediate_size", "ffn_dim", "encoder_ffn_dim", "decoder_ffn_dim", "feed_forward_length", "n_inner",
		"num_attention_heads", "encoder_attention_heads", "decoder_attention_heads", "n_head", "num_heads", "head_count",
		"num_key_value_heads", "head_count_kv", "head_dim", "patch_size", "num_mel_bins",
		"in_channels", "out_channels", "latent_channels", "cross_attention_dim", "block_out_channels", "attention_head_dim":
		return true
	}
	return false
}

// isShape reports a hyperparameter that says how large something is, so that a
// change of it follows from other weights.
func isShape(name string) bool {
	switch name {
	case "num_hidden_layers", "encoder_layers", "decoder_layers", "n_layer", "num_layers", "depth", "block_count",
		"vocab_size", "type_vocab_size", "image_size", "sample_size", "max_position_embeddings", "max_source_positions",
		"n_positions", "context_length", "projection_dim", "dimension_count", "out_hidden_size", "spatial_merge_size", "temporal_patch_size":
		return true
	}
	return isWidth(name)
}

// weightWords writes before, after and the sentence of changed weights.
func (x *draft) weightWords(d *differ, old, new *node) {
	who := the(new)
	x.Before, x.After = d.describe(old, d.old), d.describe(new, d.new)
	if x.Kind != PartReplaced {
		x.Before, x.After = shortDigest(old.digest()), shortDigest(new.digest())
	}
	switch x.Kind {
	case PartReplaced:
		x.Text = who + " was replaced: " + x.Before + " -> " + x.After
		if x.Weights == nil {
			x.Text += d.untold("; without fingerprints nothing more is known of the weights", "; the fingerprints have no weights of one shape to compare")
		}
	case WeightsTrainedOn:
		x.Text = who + " was trained on: its weights continue those of the old round" + x.Weights.moved()
		if x.Weights.Verdict == bom.VerdictRelatedDistant {
			x.Text = who + " is a distant descendant of that of the old round" + x.Weights.moved()
		}
	case WeightsPartlyKept:
		x.Text = who + " continues the old weights in part only" + x.Weights.moved()
	case WeightsEdited:
		x.Text = who + " holds the old values but for a few" + x.Weights.moved()
	case WeightsRequantised:
		x.Text = who + " holds the old values rounded to other levels" + types(old, new)
	case WeightsReencoded:
		x.Text = who + " holds the same values, stored in another way" + types(old, new)
	case WeightsReinitialised:
		x.Text = who + " has weights that show no relation to those of the old round, in the same shape"
		if x.Weights.Verdict == bom.VerdictSharedInitialisation {
			x.Text = who + " was trained again from the same initialisation; that it continues the old weights is not shown"
		}
	default:
		x.Text = who + " has other weights (" + turn(shortDigest(old.digest()), shortDigest(new.digest())) + ")" + types(old, new)
		if old.digest() == "" {
			x.Text = who + " has other weights" + types(old, new)
		}
		told := "; the fingerprints cannot tell how they relate"
		if x.Weights == nil {
			told = d.untold("; how they relate is not known without fingerprints", told)
		}
		x.Text += told
	}
	x.Text = sentence(x.Text)
	if x.Weights != nil {
		x.detail(x.Weights.Sentence)
	}
}

// untold says why nothing is known of how weights relate: there are no
// fingerprints, or they tell nothing.
func (d *differ) untold(without, with string) string {
	if d.options.Weights == nil {
		return without
	}
	return with
}

// moved says how far weights moved and which share did not.
func (w *WeightChange) moved() string {
	var words []string
	switch {
	case w.Distance == 0:
		words = append(words, "no sampled value moved")
	case !math.IsNaN(w.Distance):
		words = append(words, "moved by "+percent(w.Distance))
	}
	if !math.IsNaN(w.Frozen) {
		words = append(words, percent(w.Frozen)+" of the bytes unchanged")
	}
	if len(words) == 0 {
		return ""
	}
	return " (" + strings.Join(words, ", ") + ")"
}

// types says that weights are stored in other types.
func types(old, new *node) string {
	a, b := dtypes(old.Model), dtypes(new.Model)
	if a == b || a == "" || b == "" {
		return ""
	}
	return ", " + show(a) + " -> " + show(b)
}

// shapeDetails lists what else is different about the weights of two parts.
func (x *draft) shapeDetails(old, new *node) {
	a, b := cmp.Or(old.Model, &bom.Model{}), cmp.Or(new.Model, &bom.Model{})
	line := func(what, before, after string) {
		if before != after {
			x.detail(what + " " + turn(before, after))
		}
	}
	line("weights digest", a.WeightsDigest, b.WeightsDigest)
	line("family", a.Family, b.Family)
	line("architecture", a.Architecture, b.Architecture)
	line("parameters", itoa(a.Parameters), itoa(b.Parameters))
	line("layers", itoa(int64(a.Layers)), itoa(int64(b.Layers)))
	line("tensors", itoa(int64(a.Tensors)), itoa(int64(b.Tensors)))
	line("stored types", dtypes(a), dtypes(b))
	line("quantisation", a.Quantization, b.Quantization)
	if a.Bytes != b.Bytes {
		x.detail("size " + sizeWords(a.Bytes) + " -> " + sizeWords(b.Bytes))
	}
}
