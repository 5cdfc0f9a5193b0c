package diff

import "slices"

// A Kind is what sort of change it is.
type Kind string

// The kinds of changes.
const (
	// PartReplaced: the part in this role is another one: of another
	// architecture or size, or with another origin.
	PartReplaced Kind = "part-replaced"
	// PartAdded: only the new document has the part.
	PartAdded Kind = "part-added"
	// PartRemoved: only the old document has the part.
	PartRemoved Kind = "part-removed"
	// WeightsReinitialised: weights of the same shape that show no relation to
	// the old ones, or share no more than their initialisation.
	WeightsReinitialised Kind = "weights-reinitialised"
	// WeightsPartlyKept: some layers, experts or the embedding continue the old
	// weights, the others do not.
	WeightsPartlyKept Kind = "weights-partly-kept"
	// WeightsTrainedOn: the weights continue the old ones.
	WeightsTrainedOn Kind = "weights-trained-on"
	// WeightsEdited: nearly all values are the old ones; a few are not.
	WeightsEdited Kind = "weights-edited"
	// WeightsRequantised: the old values, rounded to other levels.
	WeightsRequantised Kind = "weights-requantised"
	// WeightsChanged: the digests differ, and there are no fingerprints that
	// tell how.
	WeightsChanged Kind = "weights-changed"
	// WeightsUnseen: the weights could be read in the old round and not in the
	// new one.
	WeightsUnseen Kind = "weights-unseen"

	// OriginReplaced: one upstream gave way to another.
	OriginReplaced Kind = "origin-replaced"
	// OriginAppeared: an upstream that the old document does not name.
	OriginAppeared Kind = "origin-appeared"
	// OriginVanished: an upstream that the new document does not name.
	OriginVanished Kind = "origin-vanished"
	// OriginVerdictChanged: the same upstream with another verdict, strength or
	// relation.
	OriginVerdictChanged Kind = "origin-verdict-changed"

	// FindingAppeared: a complaint that is new. Findings are always reported on
	// their own.
	FindingAppeared Kind = "finding-appeared"
	// FindingChanged: the same complaint with another severity.
	FindingChanged Kind = "finding-changed"

	// LicenceDeclaredChanged: what the publisher states.
	LicenceDeclaredChanged Kind = "licence-declared-changed"
	// LicenceConcludedChanged: what was concluded.
	LicenceConcludedChanged Kind = "licence-concluded-changed"
	// LicenceFoundChanged: licences that were found and not weighed.
	LicenceFoundChanged Kind = "licence-found-changed"
	// LicenceTermsChanged: the same licence with another class or other terms.
	LicenceTermsChanged Kind = "licence-terms-changed"

	// CodeAdded, CodeRemoved and CodeChanged are about code that loading or
	// using the model runs: source files, remote repositories, and what weight
	// files in pickle form import and call.
	CodeAdded   Kind = "code-added"
	CodeChanged Kind = "code-changed"
	CodeRemoved Kind = "code-removed"

	// TokenizerReplaced: another tokenizer.
	TokenizerReplaced Kind = "tokenizer-replaced"
	// TokenizerChanged: other tokens, and it is not known whether the old ones
	// kept their ids.
	TokenizerChanged Kind = "tokenizer-changed"
	// TokenizerExtended: the old tokens and further ones.
	TokenizerExtended Kind = "tokenizer-extended"
	// TemplateChanged: another text of a chat template.
	TemplateChanged Kind = "template-changed"

	// GapOpened: something could be seen in the old round and not in the new.
	GapOpened Kind = "gap-opened"
	// CompletenessChanged: how much the document says that it covers.
	CompletenessChanged Kind = "completeness-changed"
	// DatasetAdded and DatasetRemoved are about training and test data.
	DatasetAdded   Kind = "dataset-added"
	DatasetRemoved Kind = "dataset-removed"
	// ArchitectureChanged: family or class of the same weights.
	ArchitectureChanged Kind = "architecture-changed"
	// TaskChanged: what the model is for, its inputs and outputs.
	TaskChanged Kind = "task-changed"
	// ConfigurationChanged: hyperparameters and other settings of a part.
	ConfigurationChanged Kind = "configuration-changed"
	// ProcessorChanged: how images, sound and text are prepared.
	ProcessorChanged Kind = "processor-changed"

	// WeightsReencoded: the same values in other files, types or containers.
	WeightsReencoded Kind = "weights-reencoded"
	// WeightsSeen: the weights could not be read in the old round and can now.
	WeightsSeen Kind = "weights-seen"
	// FindingResolved: a complaint that is gone.
	FindingResolved Kind = "finding-resolved"
	// GapClosed: something that can be seen now.
	GapClosed Kind = "gap-closed"
	// PartRenamed: the same part in another role or under another name.
	PartRenamed Kind = "part-renamed"
	// MetricsChanged: published evaluation results.
	MetricsChanged Kind = "metrics-changed"

	// NameChanged, VersionChanged and SupplierChanged are about the model, a
	// dataset or an upstream.
	NameChanged     Kind = "name-changed"
	VersionChanged  Kind = "version-changed"
	SupplierChanged Kind = "supplier-changed"
	// PropertyChanged: another fact about a component.
	PropertyChanged Kind = "property-changed"

	// ComponentAdded, ComponentRemoved and ComponentChanged are about components
	// that are no parts, files, datasets or origins, such as libraries.
	ComponentAdded   Kind = "component-added"
	ComponentRemoved Kind = "component-removed"
	ComponentChanged Kind = "component-changed"
	// RelationAdded and RelationRemoved are about needs and variants between
	// components that both documents have.
	RelationAdded   Kind = "relation-added"
	RelationRemoved Kind = "relation-removed"

	// FilesMoved: the same bytes under other paths.
	FilesMoved Kind = "files-moved"
	// FileAdded, FileRemoved and FileChanged are about files that belong to
	// nothing that changed.
	FileAdded   Kind = "file-added"
	FileRemoved Kind = "file-removed"
	FileChanged Kind = "file-changed"
)

// Kinds returns all kinds in the order in which a reviewer needs them.
func Kinds() []Kind {
	return []Kind{
		PartReplaced, PartAdded, PartRemoved,
		WeightsReinitialised, WeightsPartlyKept, WeightsTrainedOn, WeightsEdited, WeightsRequantised, WeightsChanged, WeightsUnseen,
		OriginReplaced, OriginAppeared, OriginVanished, OriginVerdictChanged,
		FindingAppeared, FindingChanged,
		LicenceDeclaredChanged, LicenceConcludedChanged, LicenceFoundChanged, LicenceTermsChanged,
		CodeAdded, CodeChanged, CodeRemoved,
		TokenizerReplaced, TokenizerChanged, TokenizerExtended, TemplateChanged,
		GapOpened, CompletenessChanged, DatasetAdded, DatasetRemoved,
		ArchitectureChanged, TaskChanged, ConfigurationChanged, ProcessorChanged,
		WeightsReencoded, WeightsSeen, FindingResolved, GapClosed, PartRenamed, MetricsChanged,
		NameChanged, VersionChanged, SupplierChanged, PropertyChanged,
		ComponentAdded, ComponentRemoved, ComponentChanged, RelationAdded, RelationRemoved,
		FilesMoved, FileAdded, FileRemoved, FileChanged,
	}
}

// Weights reports whether the kind says how the weights of a part relate to
// those of the old round.
func (k Kind) Weights() bool {
	switch k {
	case WeightsReinitialised, WeightsPartlyKept, WeightsTrainedOn, WeightsEdited, WeightsRequantised, WeightsChanged,
		WeightsUnseen, WeightsSeen, WeightsReencoded:
		return true
	}
	return false
}

// An Importance says how soon a reviewer needs a change.
type Importance string

// The importances.
const (
	High   Importance = "high"   // look at it before you approve
	Medium Importance = "medium" // look at it
	Low    Importance = "low"    // for completeness
)

// Importances returns all importances, the highest first.
func Importances() []Importance { return []Importance{High, Medium, Low} }

// importance is what a kind has where nothing about the component says
// otherwise.
func (k Kind) importance() Importance {
	rank := slices.Index(Kinds(), k)
	switch {
	case rank <= slices.Index(Kinds(), LicenceTermsChanged), k == CodeAdded, k == CodeChanged, k == TokenizerReplaced:
		return High
	case rank <= slices.Index(Kinds(), FindingResolved):
		return Medium
	}
	return Low
}
